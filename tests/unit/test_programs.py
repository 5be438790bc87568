"""Programs that a command starts: they end with it, with all that they started, and no signal is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from launchpad.processes import interrupts, programs
from launchpad.processes.programs import Program

SLEEPER = "import time; time.sleep(600)"
PARENT = f"""
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", {SLEEPER!r}])
print(child.pid, flush=True)
time.sleep(600)
"""
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('on', flush=True); time.sleep(600)"
)
COMMAND = f"""
import os, sys
from pathlib import Path
from launchpad.processes.programs import Program
program = Program.start([sys.executable, "-c", {SLEEPER!r}], os.environ, folder=Path("/"))
print(program.process.pid, flush=True)
program.wait()
"""


def start(source):
    return Program.start([sys.executable, "-c", source], os.environ, folder=Path("/"))


def alive(process):
    """Whether it runs; one that has ended and was not asked for yet does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone(process):
    return programs.wait_until(lambda: not alive(process), seconds=5)


@pytest.fixture(autouse=True)
def leave_nothing():
    yield
    programs.end_all()
    for number in interrupts.SIGNALS:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)


def test_a_program_ends_with_what_it_started():
    program = start(PARENT)
    child = int(program.process.stdout.readline())
    program.end()
    assert program.exit_code == -signal.SIGTERM
    assert gone(child)


def test_a_program_that_ignores_the_request_is_killed_after_the_grace_time():
    program = start(STUBBORN)
    program.process.stdout.readline()
    program.end(grace_seconds=0.2)
    assert program.exit_code == -signal.SIGKILL


def test_programs_that_still_run_are_ended_with_the_command():
    first, second = start(SLEEPER), start(SLEEPER)
    programs.end_all()
    assert (first.exit_code, second.exit_code) == (-signal.SIGTERM, -signal.SIGTERM)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's own request on a parent's death is Linux's")
def test_a_program_ends_even_if_the_command_is_killed_outright():
    command = subprocess.Popen([sys.executable, "-c", COMMAND], stdout=subprocess.PIPE, text=True)
    program = int(command.stdout.readline())
    command.kill()
    command.wait()
    command.stdout.close()
    assert gone(program)


@pytest.mark.parametrize("number", interrupts.SIGNALS)
def test_a_signal_becomes_an_exception_with_the_shells_exit_code(number):
    interrupts.install()
    with pytest.raises(interrupts.Interrupted) as caught:
        os.kill(os.getpid(), number)
        time.sleep(1)
    assert caught.value.exit_code == 128 + number


def test_a_signal_waits_until_what_must_not_be_torn_apart_is_done():
    interrupts.install()
    steps = []
    with pytest.raises(interrupts.Interrupted), interrupts.held():
        os.kill(os.getpid(), signal.SIGINT)
        steps.append("after the signal")
    assert steps == ["after the signal"]


def test_a_second_signal_does_not_disturb_the_cleaning_up():
    interrupts.install()
    with interrupts.ignored():
        os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.01)
