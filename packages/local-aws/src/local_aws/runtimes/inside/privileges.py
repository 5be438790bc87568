"""Drops root's power over the machine, so that a program can't undo the mounts of `namespaces`.

Note: an ordinary user's program has no such power. The kernel drops the capabilities of a user namespace when the
program is executed, and in a further one that it creates these mounts are locked (user_namespaces(7)).
"""

from __future__ import annotations

import ctypes
import os

PR_CAPBSET_READ, PR_CAPBSET_DROP = 23, 24
HIGHEST = 63
"""The highest capability number of any kernel."""
KEPT = frozenset({0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 29, 31})
"""Capabilities that Docker gives root in a container, by their numbers in linux/capability.h: chown, dac_override,
fowner, fsetid, kill, setgid, setuid, setpcap, net_bind_service, net_raw, sys_chroot, audit_write, setfcap. Docker's
mknod is not among them: Docker restricts devices by cgroups, which are missing here."""


def drop() -> None:
    """Leave only `KEPT` to the program that this process executes next; does nothing for an ordinary user."""
    if os.geteuid() != 0:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    for number in set(range(HIGHEST + 1)) - KEPT:
        if libc.prctl(PR_CAPBSET_READ, number, 0, 0, 0) == 1 and libc.prctl(PR_CAPBSET_DROP, number, 0, 0, 0) != 0:
            error = ctypes.get_errno()
            raise OSError(error, f"capability {number} can't be dropped: {os.strerror(error)}")
