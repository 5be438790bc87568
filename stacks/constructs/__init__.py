"""Reusable parts of the stacks."""
