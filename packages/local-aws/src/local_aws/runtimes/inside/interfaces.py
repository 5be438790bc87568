"""The interfaces of a network namespace: its loopback, and one that ends in a process, created with Linux's ioctls."""

from __future__ import annotations

import fcntl
import os
import socket
import struct

SIOCGIFFLAGS, SIOCSIFFLAGS, SIOCSIFADDR, SIOCSIFNETMASK, IFF_UP = 0x8913, 0x8914, 0x8916, 0x891C, 1
TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 2, 0x1000
NAME = "eth0"
ADDRESS, MASK = "192.0.2.1", "255.255.255.255"
"""Reserved for documentation, so no real network has it; no other address is on that network."""


def raise_loopback() -> None:
    """Switch this network's loopback on."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        _raise(control, "lo")


def add_interface() -> None:
    """Add eth0, which exists until this process ends. Raises `OSError` if the machine has no /dev/net/tun."""
    device = os.open("/dev/net/tun", os.O_RDWR)  # stays open, because the interface is deleted when it closes
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", NAME.encode(), IFF_TAP | IFF_NO_PI))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for request, address in ((SIOCSIFADDR, ADDRESS), (SIOCSIFNETMASK, MASK)):
            argument = struct.pack("16sHH4s16x", NAME.encode(), socket.AF_INET, 0, socket.inet_aton(address))
            fcntl.ioctl(control, request, argument)
        _raise(control, NAME)


def _raise(control: socket.socket, name: str) -> None:
    request = struct.pack("16sH22x", name.encode(), 0)
    flags = struct.unpack("16sH22x", fcntl.ioctl(control, SIOCGIFFLAGS, request))[1]
    fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH22x", name.encode(), flags | IFF_UP))
