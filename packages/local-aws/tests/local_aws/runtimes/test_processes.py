"""Nothing of a program outlives its end, its server or its supervisor, and nothing of the server leaks into it."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from local_aws.runtimes.process import ProcessRuntime
from local_aws.runtimes.programs import Command, SupervisedProgram
from tests.local_aws.runtimes.conftest import CACHE, PACKAGE, UV
from tests.local_aws.runtimes.containers import Containers, wait_until

FAMILY = """
    import os, signal, subprocess, sys, time
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if os.fork() == 0:  # a daemon: a session of its own, and no parent
        os.setsid()
        if os.fork() == 0:
            time.sleep(120)
        os._exit(0)
    child = subprocess.Popen(["sleep", "120"])
    print("family is complete")
    sys.stdout.flush()
"""
SERVER = """
import sys, time
from pathlib import Path
from local_aws.runtimes.process import ProcessRuntime
from local_aws.runtimes.surroundings import Level
from tests.local_aws.runtimes.containers import Containers
runtime = ProcessRuntime(Path(sys.argv[1]), uv=Path(sys.argv[2]), level=Level[sys.argv[5]])
job = Containers(runtime, Path(sys.argv[3])).train(sys.stdin.read(), environment={"MARK": sys.argv[4]})
while not job.printed("family is complete"):
    time.sleep(0.02)
print("started", flush=True)
time.sleep(120)
"""


def marked(mark: str) -> list[int]:
    """Processes whose environment holds the mark, however they hang together."""
    process_ids = []
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and f"MARK={mark}".encode() in (folder / "environ").read_bytes():
                process_ids.append(int(folder.name))
        except OSError:
            continue
    return process_ids


@pytest.fixture
def mark() -> str:
    return uuid.uuid4().hex


def test_no_process_outlives_a_server_that_was_killed(
    runtime_of_each_level: ProcessRuntime, mark: str, tmp_path: Path
) -> None:
    arguments = [CACHE, UV, tmp_path, mark, runtime_of_each_level.level.name]
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, *map(str, arguments)],
        cwd=PACKAGE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdin is not None and server.stdout is not None
    server.stdin.write(FAMILY + "    time.sleep(120)\n")
    server.stdin.close()
    assert server.stdout.readline() == "started\n"
    family = marked(mark)
    assert len(family) >= 4  # toolkit, script, daemon and child
    scratch = _home(family[0]).parent
    server.kill()
    server.wait()
    wait_until(lambda: marked(mark) == [], "the processes were gone", seconds=60)
    wait_until(lambda: not scratch.exists(), "their folder was removed", seconds=60)


def test_no_process_outlives_the_program(both_containers: Containers, mark: str) -> None:
    job = both_containers.train(FAMILY, environment={"MARK": mark})
    assert job.wait() == 0, job.output
    assert marked(mark) == []


def test_no_process_outlives_its_termination(both_containers: Containers, mark: str) -> None:
    job = both_containers.train(FAMILY + "    time.sleep(120)", environment={"MARK": mark})
    wait_until(lambda: job.printed("family is complete"), "the script started")
    job.program.terminate(grace_seconds=0.2)
    assert marked(mark) == []


def test_no_process_outlives_a_supervisor_that_was_killed(process_containers: Containers, mark: str) -> None:
    job = process_containers.train(FAMILY + "    time.sleep(120)", environment={"MARK": mark})
    wait_until(lambda: job.printed("family is complete"), "the script started")
    supervisors = {_parent(pid) for pid in marked(mark)} - set(marked(mark))
    outer = next(_parent(pid) for pid in supervisors if _parent(pid) != os.getpid())
    os.kill(outer, signal.SIGKILL)
    assert job.wait() == -signal.SIGKILL
    wait_until(lambda: marked(mark) == [], "the processes were gone", seconds=60)


def _home(pid: int) -> Path:
    variables = Path(f"/proc/{pid}/environ").read_text().split("\0")
    return Path(next(variable for variable in variables if variable.startswith("HOME=")).removeprefix("HOME="))


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_a_program_knows_nothing_of_the_servers_environment_and_home(
    both_process_containers: Containers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_SECRET", "of the server")
    monkeypatch.setenv("AWS_PROFILE", "production")
    job = both_process_containers.train("""
        import os
        from pathlib import Path
        print("leaks", [os.environ.get(name) for name in ("MY_SECRET", "AWS_PROFILE")], list(Path.home().iterdir()))
        supervisor = Path(f"/proc/{os.getpgid(os.getppid())}/stat").read_text().rpartition(")")[2].split()[1]
        try:
            print("supervisor knows", b"MY_SECRET" in Path(f"/proc/{supervisor}/environ").read_bytes())
        except PermissionError:  # in namespaces the supervisor has capabilities that the program has not
            print("supervisor knows False")
    """)
    assert job.wait() == 0, job.output
    assert job.printed("leaks [None, None] []")
    assert job.printed("supervisor knows False")


def test_the_image_brings_its_environment_and_the_job_may_change_it(containers: Containers) -> None:
    job = containers.train(
        "import os; print('found', os.environ['LANG'], os.environ['OMP_NUM_THREADS'])",
        environment={"OMP_NUM_THREADS": "7"},
    )
    assert job.wait() == 0, job.output
    assert job.printed("found C.UTF-8 7")


def _open_descriptors() -> int:
    gc.collect()  # that client leaves the sockets of what it has read to the collector
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.parametrize(("arguments", "reason"), [(["no-such-program"], "No such file"), (["/"], "Permission denied")])
def test_a_program_that_can_not_be_started_says_why(arguments: list[str], reason: str, tmp_path: Path) -> None:
    lines: list[str] = []
    command = Command(arguments=arguments, environment={"PATH": "/usr/bin:/bin"}, folder=str(tmp_path))
    assert SupervisedProgram(command, lines.append).wait(20) == 127
    assert lines[-1].startswith(f"The program could not be started: {arguments[0]}")
    assert reason in lines[-1]


def test_a_line_without_an_end_is_passed_on_in_parts(tmp_path: Path) -> None:
    lines: list[str] = []
    command = Command(
        arguments=["head", "-c", "600000", "/dev/zero"], environment={"PATH": "/usr/bin:/bin"}, folder=str(tmp_path)
    )
    assert SupervisedProgram(command, lines.append).wait(20) == 0
    assert [len(line) for line in lines] == [262144, 262144, 75712]


def test_a_program_leaves_no_file_descriptor_open_in_the_server(containers: Containers) -> None:
    for _ in range(4):  # until the client of a Docker engine has all the connections that it keeps
        containers.train("pass").wait()
    before = _open_descriptors()
    for _ in range(4):
        assert containers.train("pass").wait() == 0
    wait_until(lambda: _open_descriptors() <= before, "the descriptors were closed", seconds=20)
