"""Programs that the command line runs: the local AWS, the CDK CLI, uv. Each ends with its child processes."""
