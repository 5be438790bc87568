"""A workload's scripts on this machine, in the image's environment, as its job would run them: `shell` and `debug`."""
