"""IAM enforcement: callers, and the roles that services assume, may do only what their policies allow."""
