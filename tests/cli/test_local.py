"""`launchpad local` before it becomes the local AWS."""

from __future__ import annotations

import socket

import pytest

from launchpad.cli.commands.local import _refuse_taken
from launchpad.messages.errors import LaunchpadError


def test_a_taken_port_is_refused_with_a_command_that_works():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(
            LaunchpadError, match=rf"port {port} can't be used .*`launchpad local --port 0` takes a free"
        ):
            _refuse_taken(port)
    _refuse_taken(0)
