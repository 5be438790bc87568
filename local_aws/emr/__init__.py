"""Amazon EMR: clusters with their states, groups and policies, security configurations, EMR Studios.

A cluster has no machines: it takes no steps. What it does to its VPC (network interfaces, rules) is really done.
"""
