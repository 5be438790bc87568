"""The embedded AWS: SageMaker mounted on a general emulator. Knows nothing of this project's stacks or workloads."""
