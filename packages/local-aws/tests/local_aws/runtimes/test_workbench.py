"""The workbench: a command in the caller's terminal, with all that a job's script would have."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from local_aws.runtimes.process import ProcessRuntime
from local_aws.runtimes.surroundings import Level
from tests.local_aws.runtimes.conftest import CACHE, REPOSITORY, UV
from tests.local_aws.runtimes.containers import IMAGE

PYTHON = REPOSITORY / ".venv-local-aws/bin/python"
REQUEST = {
    "HyperParameters": {"sagemaker_program": '"train.py"', "trees": "7"},
    "AlgorithmSpecification": {"TrainingInputMode": "File"},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    "InputDataConfig": [{"ChannelName": "training", "DataSource": {"S3DataSource": {}}}],
}
SCRIPT = """\
import os, sys
number = 41
breakpoint()
print(sys.argv[1:], os.listdir(os.environ["SM_CHANNEL_TRAINING"]))
number += 1
raise LookupError("no rows")
"""
SECONDS = 300
Write = Callable[..., list[str]]


@pytest.fixture
def command(tmp_path: Path) -> Write:
    """Write the file of a workbench with a script and a channel, and return the command that runs it."""
    for folder in ("code", "data", "root"):
        (tmp_path / folder).mkdir()
    (tmp_path / "code" / "train.py").write_text(SCRIPT)
    (tmp_path / "data" / "rows.csv").write_text("1,2\n")

    def write(**more: object) -> list[str]:
        root = tmp_path / "root"
        links = {"code": str(tmp_path / "code"), "input/data/training": str(tmp_path / "data")}
        where = {"cache": str(CACHE), "images": [], "root": str(root), "image": IMAGE, "links": links}
        job = {"kind": "training", "request": REQUEST, "environment": {"MINE": "yes"}, "network": True}
        (tmp_path / "workbench.json").write_text(json.dumps({**where, **job, **more}))
        return [str(PYTHON), "-m", "local_aws.workbench", str(tmp_path / "workbench.json")]

    return write


def run(command: list[str], text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, input=text, capture_output=True, text=True, timeout=SECONDS, cwd=REPOSITORY)


def test_a_command_has_the_jobs_folders_and_variables(command):
    shown = "echo $MINE $SM_HP_TREES; cat $SM_CHANNEL_TRAINING/rows.csv; cat $SM_INPUT_CONFIG_DIR/resourceconfig.json"
    lines = run(command(command=["sh", "-c", shown])).stdout.splitlines()
    assert lines[:2] == ["yes 7", "1,2"]
    assert json.loads(lines[2])["current_host"] == "algo-1"


def test_what_a_command_writes_to_the_model_stays(command, tmp_path):
    assert run(command(command=["sh", "-c", "echo w >$SM_MODEL_DIR/weights; exit 7"])).returncode == 7
    assert (tmp_path / "root" / "model" / "weights").read_text() == "w\n"


def test_an_isolated_command_reaches_no_network(command):
    if ProcessRuntime(CACHE, uv=UV).level == Level.PLAIN:
        pytest.skip("this machine has no namespaces")
    script = "import socket; print([name for _, name in socket.if_nameindex()])"
    assert run(command(command=["python", "-c", script], network=False)).stdout.strip() == "['lo']"


def test_a_debugged_script_stops_at_breakpoint_and_exception(command):
    result = run(command(script="train.py"), "p number\nc\np number\nq\n")
    assert [line for line in result.stdout.splitlines() if line.startswith("(Pdb) 4")] == ["(Pdb) 41", "(Pdb) 42"]
    assert "['--trees', '7'] ['rows.csv']" in result.stdout
    assert "LookupError: no rows" in result.stderr
    assert "runpy" not in result.stderr
    assert result.returncode == 1


def test_without_post_mortem_an_exception_ends_the_script(command):
    result = run(command(script="train.py", post_mortem=False), "c\np number\n")
    assert result.stdout.count("(Pdb)") == 1
    assert "LookupError: no rows" in result.stderr


def test_an_image_that_cannot_run_here_is_an_error_of_one_line(command):
    result = run(command(image="1.dkr.ecr.us-east-1.amazonaws.com/unknown:1", command=["true"]))
    assert result.returncode == 125
    assert "is none that the runtime 'process' can run" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_shell_goes_on_after_ctrl_c_and_has_job_control(command):
    """Ctrl-C ends what runs in the shell, not the shell, nor the workbench that waits for it."""
    process, terminal = pty.fork()
    if process == 0:
        words = command(title="mine training")
        os.chdir(REPOSITORY)
        os.execv(words[0], words)  # noqa: S606 -- as a terminal does
    _read_until(terminal, b"(mine training)")
    os.write(terminal, b"sh -c \"echo st''arted; exec sleep 600\"\n")
    _read_until(terminal, b"started")
    os.write(terminal, b"\x03")
    _read_until(terminal, b"(mine training)")
    os.write(terminal, b"echo sta''tus $?; exit 5\n")
    output = _read_until(terminal, b"status 130")
    assert b"no job control" not in output
    _, status = os.waitpid(process, 0)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 5


def _read_until(terminal: int, words: bytes) -> bytes:
    """Read the terminal until the words appear; fails with all of it if it closes before."""
    output = b""
    while words not in output:
        try:
            output += os.read(terminal, 4096)
        except OSError:
            pytest.fail(f"{words!r} did not appear in: {output!r}")
    return output
