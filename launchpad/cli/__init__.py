"""The command line, `launchpad`: commands are in `commands/`, the programs that they run in `programs/`."""
