"""The idle checker, against a real Jupyter server with kernels and terminals, and a recorded StopNotebookInstance."""

import fcntl
import json
import subprocess
import time

import pytest

from stacks.constructs.lifecycle_scripts import on_start_script
from stacks.notebook_scripts import idle_stop
from tests.notebooks.jupyter import Jupyter
from tests.notebooks.sandbox import REPOSITORY, STAND_INS, Sandbox, service_environment

PYTHON = "/home/ec2-user/anaconda3/envs/JupyterSystemEnv/bin/python"
PORT = 8500
STOPPED = {"operation": "StopNotebookInstance", "input": {"NotebookInstanceName": "science"}, "region": "eu-west-1"}
LONG, SHORT = 60.0, 0.01
# Longer than any machine has been up: what was never used counts as idle since the machine's start.
ENDLESS = 1e7


@pytest.fixture(scope="session")
def jupyter_installed():
    """Install Jupyter into the repository once, whichever worker comes first."""
    with (REPOSITORY / "requirements/jupyter.txt").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        subprocess.run(["make", "--silent", ".venv-jupyter/.installed"], cwd=REPOSITORY, check=True)


def _with_sagemaker(folder) -> Sandbox:
    instance = Sandbox(folder)
    endpoint = (STAND_INS / "sagemaker.py").read_text()
    instance.start(str(REPOSITORY / ".venv/bin/python"), "-c", endpoint, str(PORT))
    instance.script(on_start_script({"LAUNCHPAD_DATA": "it's here"}, requirement=None))
    instance.wait_for(f"exec 3<>/dev/tcp/127.0.0.1/{PORT}")
    return instance


@pytest.fixture(scope="module")
def shared_jupyter(namespaces, jupyter_installed, tmp_path_factory):
    instance = _with_sagemaker(tmp_path_factory.mktemp("idle") / "instance")
    try:
        yield Jupyter(instance, token="secret")
    finally:
        instance.close()


@pytest.fixture
def jupyter(shared_jupyter):
    """The server with no kernel, no terminal, no container and no memory of earlier looks."""
    for kind, key in (("kernels", "id"), ("terminals", "name")):
        for session in shared_jupyter.call("GET", f"api/{kind}"):
            shared_jupyter.call("DELETE", f"api/{kind}/{session[key]}")
    forgotten = "/run/launchpad/idle.json /run/docker-containers /run/sagemaker-refuses /var/log/stand-ins/sagemaker"
    shared_jupyter.instance.shell(f"rm -f {forgotten}")
    return shared_jupyter


def look(instance, minutes):
    command = f"{PYTHON} /run/launchpad/idle_stop.py --idle-minutes {minutes}"
    return instance.shell(command, environment=service_environment(PORT))


def stops(instance):
    return [json.loads(line) for line in instance.calls("sagemaker")]


def test_an_instance_without_kernels_is_stopped(jupyter):
    result = look(jupyter.instance, SHORT)
    assert result.returncode == 0, result.stderr
    assert "stopping science" in result.stdout
    assert stops(jupyter.instance) == [STOPPED]


def test_a_busy_kernel_is_never_stopped(jupyter):
    kernel = jupyter.kernel()
    jupyter.execute(kernel, "import time; time.sleep(60)", wait=False)
    time.sleep(1)
    result = look(jupyter.instance, SHORT)
    assert f"in use: kernel {kernel} is busy" in result.stdout
    assert stops(jupyter.instance) == []


def test_an_idle_kernel_is_stopped_after_the_time_and_not_before(jupyter):
    jupyter.kernel()
    time.sleep(1)
    assert "idle for 0.0 of 60.0 minutes" in look(jupyter.instance, LONG).stdout
    assert stops(jupyter.instance) == []
    jupyter.instance.shell("rm /run/launchpad/idle.json")
    look(jupyter.instance, SHORT)
    assert stops(jupyter.instance) == [STOPPED]


def test_a_terminal_counts_while_it_is_typed_in(jupyter):
    jupyter.type_in_terminal("echo here")
    assert "idle for 0.0 of 60.0 minutes" in look(jupyter.instance, LONG).stdout
    assert stops(jupyter.instance) == []


def test_an_open_terminal_alone_keeps_nothing_running(jupyter):
    jupyter.type_in_terminal("echo here")
    time.sleep(1.5)
    look(jupyter.instance, SHORT)
    assert stops(jupyter.instance) == [STOPPED]


def test_the_activity_of_a_kernel_that_was_shut_down_is_remembered(jupyter):
    kernel = jupyter.kernel()
    look(jupyter.instance, LONG)
    jupyter.call("DELETE", f"api/kernels/{kernel}")
    # The machine has been up for longer than this, and the kernel was active within it.
    minutes = 0.9 * float(jupyter.instance.read("/proc/uptime").split()[0]) / 60
    look(jupyter.instance, minutes)
    assert stops(jupyter.instance) == []


def test_a_running_container_is_not_stopped(jupyter):
    jupyter.instance.write("/run/docker-containers", "4f1d\n")
    assert "in use: container 4f1d runs" in look(jupyter.instance, SHORT).stdout
    assert stops(jupyter.instance) == []


def test_a_program_at_work_without_a_terminal_is_not_stopped(jupyter):
    look(jupyter.instance, ENDLESS)
    work = jupyter.instance.start("/bin/bash", "-c", "while :; do :; done", user="ec2-user")
    try:
        time.sleep(2)
        result = look(jupyter.instance, SHORT)
    finally:
        jupyter.instance.shell("kill $(ps -u ec2-user -o pid=,args= | awk '/[w]hile :/ {print $1}')")
        work.wait(timeout=10)
    assert "in use: processes of ec2-user take" in result.stdout
    assert stops(jupyter.instance) == []


def test_a_refused_stop_is_reported_by_the_exit_status(jupyter):
    jupyter.instance.write("/run/sagemaker-refuses", "")
    result = look(jupyter.instance, SHORT)
    assert result.returncode == 1
    assert "no StopNotebookInstance" in result.stderr


def test_a_kernel_has_the_platform_s_variables(jupyter):
    kernel = jupyter.kernel()
    jupyter.execute(kernel, "import os; open('/tmp/seen', 'w').write(os.environ['LAUNCHPAD_DATA'])")
    assert jupyter.instance.read("/tmp/seen") == "it's here"


def test_a_server_without_token_and_description_is_asked_on_port_8443(namespaces, jupyter_installed, tmp_path):
    instance = _with_sagemaker(tmp_path / "instance")
    try:
        jupyter = Jupyter(instance, token="")
        instance.shell("rm /home/ec2-user/.local/share/jupyter/runtime/jpserver-*")
        jupyter.call("POST", "api/kernels")
        assert "idle for 0.0 of 60.0 minutes" in look(instance, LONG).stdout
    finally:
        instance.close()


def test_nothing_is_stopped_while_jupyter_does_not_answer(namespaces, tmp_path):
    instance = _with_sagemaker(tmp_path / "instance")
    try:
        result = look(instance, SHORT)
        assert result.returncode == 1
        assert "Jupyter does not answer" in result.stdout
        assert stops(instance) == []
    finally:
        instance.close()


def test_a_terminal_that_was_never_used_hinders_no_stop(monkeypatch):
    monkeypatch.setattr(idle_stop, "ask", lambda _server, path: [{"last_activity": ""}] if "terminals" in path else [])
    assert idle_stop.jupyter_use([{}]) == ([], [])
