"""CloudFormation resource types that the general emulator lacks: a table of them, and how APIs become types."""
