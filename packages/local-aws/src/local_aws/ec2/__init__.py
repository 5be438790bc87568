"""Features that the general emulator's EC2 lacks: endpoints, NAT gateways and flow logs as on AWS, and dependencies.

All of it is in the emulator's own stores, so every other EC2 operation sees the same resources.
"""
