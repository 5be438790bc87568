"""What AWS bills: price lists, what a template costs a month, what a workload's jobs cost at most, what runs now.

A price that is not known is named, never counted as zero, and never guessed from a similar one.
"""
