"""Amazon EMR: clusters with their states, groups and policies, steps that run, security configurations, Studios.

A cluster has no machines: its steps run on this one. Its effects on the VPC (interfaces, rules) are real.
"""
