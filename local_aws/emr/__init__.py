"""Amazon EMR: clusters with their states, groups and policies, steps that run, security configurations, Studios.

A cluster has no machines: its steps run on this one. What it does to its VPC (interfaces, rules) is really done.
"""
