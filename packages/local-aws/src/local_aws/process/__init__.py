"""The server as a process of this machine: its guard, end, descriptors, log and state folder."""
