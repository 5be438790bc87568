"""Permissions as exact IAM JSON: statements, policies, principals, and who may do what."""
