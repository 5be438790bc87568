"""Gives a program a container's surroundings: /opt/ml, host names, its own processes and, if isolated, no network.

It uses Linux namespaces, as root or, if the machine allows it, as any user. Nothing here changes the machine itself:
the mounts exist only in the program's own mount namespace. The cache and the server's state must not change, so they
are read-only there, and the program can't undo that, because `privileges` drops what it would need.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import struct
import sys
from pathlib import Path
from typing import TypedDict

from local_aws.runtimes.inside import interfaces

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = (
    0x00020000,
    0x04000000,
    0x10000000,
    0x20000000,
    0x40000000,
)
MS_RDONLY = 1
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 2, 4, 8, 32, 4096, 16384, 1 << 18
PR_SET_PDEATHSIG = 1
MNT_DETACH = 2
SYS_MOUNT_SETATTR, AT_FDCWD, AT_RECURSIVE, MOUNT_ATTR_RDONLY = 442, -100, 0x8000, 1
"""mount_setattr(2), which older C libraries lack; its number is the same on every architecture."""
OPT = Path("/opt")


class LazyMount(TypedDict):
    """A folder to mount whose files another process serves; that process gets its descriptor on ``socket``."""

    target: str
    socket: int


class Overlay(TypedDict):
    """A folder that shows ``lower``, and stores changes in ``upper``."""

    lower: str
    upper: str
    work: str
    target: str


_libc = ctypes.CDLL(None, use_errno=True)
_mounted: list[str] = []
"""The mounts of this process, in order."""


def enter(
    *,
    root: str,
    hosts_file: str,
    host_name: str,
    network: bool,
    overlay: Overlay | None,
    join: int | None = None,
    lazy: list[LazyMount] | None = None,
    read_only: list[str] | None = None,
    protected: list[str] | None = None,
    scratch: str | None = None,
    processes: bool = True,
) -> None:
    """Move this process into new namespaces; the next fork is their first process.

    ``root`` appears as /opt/ml and ``hosts_file`` as /etc/hosts; ``join`` is a process whose network it shares;
    ``read_only`` are folders below ``root`` that can't be written to, ``protected`` are folders of the machine that
    can't either, except for ``scratch``; without ``processes`` it keeps seeing the machine's processes, and needs no
    fork. Raises `OSError` if the machine forbids it.
    """
    privileged = os.geteuid() == 0
    own = CLONE_NEWNS | CLONE_NEWUTS | (CLONE_NEWPID if processes else 0)
    if join is not None:
        _join_network(join)
        _check(_libc.unshare(own), "unshare")
    else:
        _unshare(own | (0 if network else CLONE_NEWNET))
    _mount(None, "/", None, MS_REC | MS_PRIVATE)
    socket.sethostname(host_name)
    if not network and join is None:
        interfaces.raise_loopback()
    for folder in lazy or ():
        _mount_lazily(folder)
    _mount_opt_ml(root)
    for path in read_only or ():
        _make_read_only(f"/opt/ml/{path}")
    _mount(hosts_file, "/etc/hosts", None, MS_BIND)
    _protect(protected or [], scratch)
    if overlay:
        options = [f"{name}dir={overlay[name]}" for name in ("lower", "upper", "work")]
        options += [] if privileged else ["userxattr"]
        _mount("overlay", overlay["target"], "overlay", MS_NOSUID | MS_NODEV, ",".join(options))


def enter_network() -> None:
    """Move this process into a new network without access to the outside; others may join it.

    It has a loopback and, if the machine has the device for it, an interface that ends in this process, because Open
    MPI does not accept a loopback as a network. Addresses of either reach the same programs.
    """
    _unshare(CLONE_NEWNET)
    interfaces.raise_loopback()
    with contextlib.suppress(OSError):
        interfaces.add_interface()


def leave() -> None:
    """Remove the mounts of `enter`: a folder can't be deleted while something is mounted on or below it."""
    while _mounted:
        _libc.umount2(_mounted.pop().encode(), MNT_DETACH)


def become_first_process() -> None:
    """Run the first process of a process namespace: show only its processes in /proc, and die with the parent."""
    die_with_parent()
    _mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)


def die_with_parent() -> None:
    """Ask the kernel to SIGKILL this process when the thread that forked it ends (Linux only)."""
    if sys.platform == "linux":
        _libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)


def _unshare(flags: int) -> None:
    """Unshare as root, or inside a user namespace in which this user keeps its id."""
    if os.geteuid() == 0:
        _check(_libc.unshare(flags), "unshare")
        return
    user, group = os.geteuid(), os.getegid()
    _check(_libc.unshare(flags | CLONE_NEWUSER), "unshare")
    for name, content in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        Path(f"/proc/self/{name}").write_text(content)


def _join_network(process: int) -> None:
    """Enter the network of a process that called `enter_network`, through the user namespace that owns it."""
    for name in ("net",) if os.geteuid() == 0 else ("user", "net"):
        descriptor = os.open(f"/proc/{process}/ns/{name}", os.O_RDONLY)
        _check(_libc.setns(descriptor, 0), f"setns {name}")
        os.close(descriptor)


def _mount_lazily(folder: LazyMount) -> None:
    """Mount the folder and pass on its descriptor: the kernel requires both in the same user namespace."""
    device = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={device},rootmode=40555,user_id={os.geteuid()},group_id={os.getegid()},allow_other"
    _mount("channel", folder["target"], "fuse", MS_NOSUID | MS_NODEV | MS_RDONLY, options)
    with socket.socket(fileno=folder["socket"]) as answering:
        socket.send_fds(answering, [b"!"], [device])
    os.close(device)


def _mount_opt_ml(root: str) -> None:
    """Mount a temporary /opt over the machine's, with all of its content, and the folder ``root``.

    The sources are opened first, because the temporary /opt may hide their paths; and only after `_unshare`, because
    the kernel refuses to bind anything that was opened in another mount namespace.
    """
    root_descriptor = os.open(root, os.O_PATH | os.O_DIRECTORY)
    entries = [entry for entry in OPT.iterdir() if entry.name != "ml"]
    mounts = [(entry, entry.is_dir(), os.open(entry, os.O_PATH)) for entry in entries if not entry.is_symlink()]
    links = [(entry, entry.readlink()) for entry in entries if entry.is_symlink()]
    _mount("tmpfs", "/opt", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=1m")
    for entry, is_folder, descriptor in mounts:
        entry.mkdir() if is_folder else entry.touch()
        _mount(f"/proc/self/fd/{descriptor}", str(entry), None, MS_BIND | MS_REC)
        os.close(descriptor)
    for entry, target in links:
        entry.symlink_to(target)
    (OPT / "ml").mkdir()
    _mount(f"/proc/self/fd/{root_descriptor}", "/opt/ml", None, MS_BIND | MS_REC)
    os.close(root_descriptor)


def _protect(folders: list[str], scratch: str | None) -> None:
    """Make folders read-only, and ``scratch`` writable again: an earlier mount of it is not affected."""
    descriptor = os.open(scratch, os.O_PATH | os.O_DIRECTORY) if scratch else None
    for folder in folders:
        _make_read_only(folder)
    if descriptor is not None and scratch:
        _mount(f"/proc/self/fd/{descriptor}", scratch, None, MS_BIND)
        os.close(descriptor)


def _make_read_only(folder: str) -> None:
    """Mount a folder on itself, because only a mount can be read-only. An ordinary user must keep its other flags."""
    _mount(folder, folder, None, MS_BIND | MS_REC)
    attributes = struct.pack("QQQQ", MOUNT_ATTR_RDONLY, 0, 0, 0)
    if _libc.syscall(SYS_MOUNT_SETATTR, AT_FDCWD, folder.encode(), AT_RECURSIVE, attributes, len(attributes)) == 0:
        return
    # Linux before 5.12: the folder itself, but not the mounts below it.
    flags = os.statvfs(folder).f_flag & (MS_NOSUID | MS_NODEV | MS_NOEXEC)
    _mount(None, folder, None, MS_REMOUNT | MS_BIND | MS_RDONLY | flags)


def _mount(source: str | None, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    arguments = (value.encode() if value is not None else None for value in (source, target, kind))
    encoded = data.encode() if data is not None else None
    _check(_libc.mount(*arguments, ctypes.c_ulong(flags), encoded), f"mount {target}")
    if not flags & (MS_REMOUNT | MS_PRIVATE):
        _mounted.append(target)


def _check(result: int, action: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{action}: {os.strerror(number)}")
