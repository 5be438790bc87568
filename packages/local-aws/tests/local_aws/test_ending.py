"""A signal ends the process, whatever its main thread and the others do."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from tests.local_aws.launcher import ROOT

PROGRAM = """
import sys, threading, time
from local_aws.process.ending import Ending, exit_now
seconds, asked = float(sys.argv[1]), threading.Event()
ending = Ending.watch(lambda: print("cleaned"), seconds)
threading.Thread(target=threading.Event().wait).start()
print("ready", flush=True)
"""
DEAF = PROGRAM + "while True: time.sleep(60)\n"
ORDERLY = PROGRAM + "ending.call(asked.set)\nasked.wait()\nprint('asked')\nexit_now(0)\n"
LATE = PROGRAM + "time.sleep(0.5)\n" + "ending.call(asked.set)\nasked.wait()\nprint('asked')\nexit_now(0)\n"


def end(program, number, seconds):
    """What it prints, and its exit code, after one signal."""
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(seconds)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        output, _ = process.communicate(timeout=60)
    finally:
        process.kill()
    return output, process.returncode


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_process_that_does_not_listen_is_ended_after_its_time(number):
    assert end(DEAF, number, 0.2) == ("cleaned\n", 0)


def test_an_orderly_end_does_not_wait_for_other_threads():
    assert end(ORDERLY, signal.SIGTERM, 60) == ("asked\n", 0)


def test_a_signal_during_the_start_is_not_lost():
    assert end(LATE, signal.SIGTERM, 60) == ("asked\n", 0)
