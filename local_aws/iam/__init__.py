"""IAM enforced: callers, and the roles that services act with, may do what their policies say and nothing else."""
