"""What can be known before a deploy: one module per group of checks, all of them listed in `every_check`."""
