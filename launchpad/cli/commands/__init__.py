"""The commands that a user types: their arguments, their help, and the order of their steps.

The last paragraph of a command's docstring is the example at the end of its `--help`. No slow imports are here.
"""
