"""Step Functions: the emulator's engine runs the machines; here are services that it can't call, and fixes of it."""
