"""A program's container: how it is started, what it may do, and that it never stays."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import uuid
from pathlib import Path
from typing import Any

import pytest

from local_aws.runtimes.base import ImageNotFoundError, LazyFile, RuntimeUnavailableError, TrainingSpec
from tests.docker_runtime.conftest import CACHE
from tests.local_aws.launcher import ROOT
from tests.local_aws.runtimes.containers import Containers, wait_until

SERVER = """
import sys, time
from pathlib import Path
from local_aws.runtimes.base import ContainerSpec, TrainingSpec
from local_aws.runtimes.docker_engine.runtime import DockerRuntime
runtime = DockerRuntime(Path(sys.argv[1]))
root = Path(sys.argv[2])
root.mkdir()
shared = {"image": sys.argv[3], "root": root, "environment": {"MARK": sys.argv[4]}, "log": print}
runtime.train(TrainingSpec(**shared, network=True, entrypoint=["sleep", "600"]))
runtime.serve(ContainerSpec(**shared, network=False))
print("started", flush=True)
time.sleep(600)
"""


def _of(engine: Any, server: int) -> list[Any]:
    """The containers of one server, in whatever state."""
    return [
        item
        for item in engine.api.containers(all=True, filters={"label": "local-aws.server"})
        if item["Labels"]["local-aws.server"].startswith(f"{server}-")
    ]


def test_no_container_outlives_a_server_that_was_killed(engine: Any, base: str, tmp_path: Path) -> None:
    arguments = [CACHE, tmp_path / "root", base, uuid.uuid4().hex]
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, *map(str, arguments)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    wait_until(lambda: "started" in str(server.stdout and server.stdout.readline()), "the programs had started")
    assert len(_of(engine, server.pid)) >= 2  # of them one holds the model server's network
    server.kill()
    server.wait()
    wait_until(lambda: not _of(engine, server.pid), "the containers were removed", seconds=20)


def test_what_a_machine_left_behind_is_removed_at_the_next_start(engine: Any, base: str) -> None:
    from local_aws.runtimes.docker_engine.runtime import DockerRuntime

    leftover = engine.api.create_container(base, command=["true"], labels={"local-aws.server": "1-0"})["Id"]
    others = engine.api.create_container(base, command=["true"])["Id"]
    try:
        DockerRuntime(CACHE)
        container_ids = {item["Id"] for item in engine.api.containers(all=True)}
        assert leftover not in container_ids
        assert others in container_ids
    finally:
        engine.api.remove_container(others, force=True)


def test_an_ended_program_leaves_no_container(containers: Containers, engine: Any) -> None:
    assert containers.process("true", files={}).wait() == 0
    endpoint = containers.serve("def model_fn(d): return 1\ndef transform_fn(m, b, c, a): return 'x'")
    endpoint.wait_until_ready()
    assert len(_of(engine, os.getpid())) == 2
    endpoint.program.terminate(10)
    assert _of(engine, os.getpid()) == []


def test_a_program_that_is_not_in_the_image_says_so(containers: Containers) -> None:
    job = containers.process("no-such-program", files={})
    assert job.wait() == 127
    assert job.lines[-1].startswith("The program could not be started:")
    assert "no-such-program" in job.lines[-1]


def test_an_image_that_no_one_has_is_refused_with_what_to_do(runtime: Any) -> None:
    with pytest.raises(ImageNotFoundError, match=r"'no-such-image:1'.*can't be pulled.*docker login"):
        runtime.prepare("no-such-image:1", lambda _: None)


@pytest.mark.parametrize("begins", ["train", "process", "serve"])
def test_a_program_that_cannot_begin_leaves_no_folder(
    runtime: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begins: str
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    spec = TrainingSpec(
        image="no-such-image:1", root=tmp_path / "opt", environment={}, network=True, internet=False, log=print
    )
    with pytest.raises(ImageNotFoundError):
        getattr(runtime, begins)(spec)
    assert list(tmp_path.iterdir()) == []


def test_an_engine_that_does_not_answer_is_reported_with_a_remedy(tmp_path: Path) -> None:
    from local_aws.runtimes.docker_engine.runtime import DockerRuntime

    with pytest.raises(RuntimeUnavailableError, match=r"no-engine\.sock does not answer.*runtime 'process'"):
        DockerRuntime(CACHE, address=f"unix://{tmp_path}/no-engine.sock")


def test_a_first_process_with_a_handler_gets_sigterm_itself(containers: Containers) -> None:
    code = "import signal, sys, time; signal.signal(15, lambda *_: sys.exit(5)); print('ready'); time.sleep(60)"
    job = containers.process("python3", "-u", "-c", code, files={})
    wait_until(lambda: job.printed("ready"), "the program was ready")
    assert job.program.terminate(30) == 5


def test_a_first_process_without_a_handler_lives_on_and_its_children_end(containers: Containers) -> None:
    job = containers.process("sh", "-c", "echo ready; sleep 60; echo woke with $?; exit 6", files={})
    wait_until(lambda: job.printed("ready"), "the program was ready")
    assert job.program.terminate(30) == 6
    assert job.printed("woke with 143")


def test_files_that_are_not_there_yet_can_not_be_shown(runtime: Any, base: str, tmp_path: Path) -> None:
    assert not runtime.reads_lazily
    lazy = {"input/data/rows": [LazyFile("a.csv", 1, lambda _start, _length: b"1")]}
    spec = TrainingSpec(image=base, root=tmp_path, environment={}, network=True, log=print, lazy=lazy)
    with pytest.raises(RuntimeError, match="input/data/rows"):
        runtime.train(spec)


def test_the_engine_is_not_in_a_programs_reach(containers: Containers) -> None:
    code = "import glob, os; print(glob.glob('/var/run/docker*'), [name for name in os.environ if 'DOCKER' in name])"
    job = containers.process("python3", "-c", code, files={})
    assert job.wait() == 0
    assert job.lines == ["[] []"]


def test_a_program_can_gain_no_privileges(containers: Containers) -> None:
    job = containers.process("grep", "NoNewPrivs", "/proc/self/status", files={})
    assert job.wait() == 0
    assert job.lines == ["NoNewPrivs:\t1"]


TALK = """
import json, os, socket, sys, time, urllib.request
hosts = json.load(open("/opt/ml/input/config/resourceconfig.json"))
if hosts["current_host"] == "algo-1":
    with socket.create_server((socket.gethostbyname("algo-1"), 7777)) as server:
        connection, _ = server.accept()
        print("heard", connection.recv(9).decode())
else:
    for _ in range(600):
        try:
            with socket.create_connection(("algo-1", 7777)) as connection:
                connection.sendall(b"algo-2")
            break
        except OSError:
            time.sleep(0.05)
try:
    print("machine", urllib.request.urlopen(sys.argv[1], timeout=10).read().decode())
except OSError as error:
    print("machine cut off")
"""


@pytest.fixture
def machine() -> Any:
    """Something that answers on this machine's loopback, as the local AWS does."""
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"here")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("network", [True, False], ids=["network", "isolated"])
def test_only_isolation_cuts_a_jobs_hosts_off_from_the_machine(
    runtime: Any, base: str, machine: str, tmp_path: Path, network: bool
) -> None:
    roots, lines, programs = [tmp_path / "algo-1", tmp_path / "algo-2"], ([], []), []
    for root in roots:
        (root / "input/config").mkdir(parents=True)
        resources = {"current_host": root.name, "hosts": ["algo-1", "algo-2"], "network_interface_name": "eth0"}
        (root / "input/config/resourceconfig.json").write_text(json.dumps(resources))
    together = runtime.connect(roots, network=network, internet=True, reach=[machine], log=print)
    try:
        for root, log in zip(roots, lines, strict=True):
            options = {"entrypoint": ["python3", "-c", TALK], "arguments": [machine], "together": together}
            shared = {"image": base, "root": root, "environment": {}, "network": network, "log": log.append}
            programs.append(runtime.train(TrainingSpec(**shared, **options)))
        assert [program.wait(60) for program in programs] == [0, 0], lines
    finally:
        for program in programs:
            program.terminate(0)
        together.close()
    reached = "machine here" if network else "machine cut off"
    assert lines == (["heard algo-2", reached], [reached])


def test_files_of_a_containers_root_are_given_to_the_servers_user(
    runtime: Any, base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from local_aws.runtimes.docker_engine.ownership import give_back

    (tmp_path / "model").mkdir()
    (tmp_path / "model/file").touch()
    if os.geteuid() != 0:
        pytest.skip("only root can be given files that are not its own")
    monkeypatch.setattr(os, "geteuid", lambda: 65534)
    monkeypatch.setattr(os, "getegid", lambda: 65534)
    give_back(runtime._engine, base, tmp_path)
    monkeypatch.undo()
    assert {path.stat().st_uid for path in tmp_path.rglob("*")} == {65534}
