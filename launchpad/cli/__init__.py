"""The command line: `launchpad`. Commands in `commands/`, programs that they run in `programs/`."""
