"""Step Functions: the emulator's engine runs state machines; these are services that it can't call, and fixes to it."""
