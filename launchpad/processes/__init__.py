"""Programs that this one starts: each ends with its child processes, and no signal causes one to be lost."""
