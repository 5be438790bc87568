"""The server opens as many files as the user may, with little fuss when no more can be."""

from __future__ import annotations

import asyncio
import errno
import logging
import subprocess
import sys

import pytest

from local_aws.process.descriptors import Complaints
from tests.local_aws.launcher import ROOT

RAISED = """
import resource
from local_aws.process.descriptors import ENOUGH, raise_limit
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (128, hard))
raise_limit()
assert resource.getrlimit(resource.RLIMIT_NOFILE) == (ENOUGH if hard < 0 else min(hard, ENOUGH), hard)
"""
EXHAUSTED = """
import os, resource, socket
from local_aws.process.descriptors import Listener
listener = Listener()
listener.bind(("127.0.0.1", 0))
listener.listen()
listener.setblocking(False)
clients = [socket.create_connection(listener.getsockname()) for _ in range(2)]
resource.setrlimit(resource.RLIMIT_NOFILE, (os.dup(0), resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
for _ in range(100):
    try:
        listener.accept()
    except OSError as error:
        print(type(error).__name__)
"""


def run(program):
    command = [sys.executable, "-c", program]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()


def test_the_limit_of_open_files_is_lifted():
    run(RAISED)


def test_a_listener_without_descriptors_fails_once_and_then_waits():
    failures = run(EXHAUSTED)
    assert failures[0] == "OSError"
    assert failures.count("BlockingIOError") >= 90


@pytest.mark.parametrize(("code", "lines"), [(errno.EMFILE, 1), (errno.EPERM, 3)])
def test_only_what_is_repeated_each_second_is_logged_once(caplog, code, lines):
    complaints, loop = Complaints(), asyncio.new_event_loop()
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            complaints(loop, {"message": "accept", "exception": OSError(code, "failed")})
    loop.close()
    assert len(caplog.records) == lines
