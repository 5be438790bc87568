"""The commands as a person types them: arguments, help, and the order in which things are done.

A docstring's last paragraph is the example that its `--help` ends with. Nothing heavy is imported here.
"""
