"""Step Functions: the services that the emulator's engine can't call, and the attempts at their tasks."""
