"""CloudFormation resource types that the general emulator lacks: a table of them, and how a type is made of an API."""
