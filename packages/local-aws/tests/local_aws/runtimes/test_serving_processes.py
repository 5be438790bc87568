"""A model server under load, in isolation, and at its end."""

from __future__ import annotations

import contextlib
import io
import tarfile
import threading
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.local_aws.runtimes.containers import Answer, Containers, wait_until

ECHO = """
    def model_fn(model_dir): return "model"
    def transform_fn(model, body, content_type, accept): return body
"""


def test_an_isolated_model_is_served_and_can_call_no_one(containers: Containers) -> None:
    endpoint = containers.serve(
        """
        import socket
        def model_fn(model_dir): return None
        def transform_fn(model, body, content_type, accept):
            try:
                socket.create_connection(("127.0.0.1", int(body)), timeout=5).close()
                return "reached"
            except OSError as error:
                return "cut off"
        """,
        network=False,
    ).wait_until_ready()
    own_port = endpoint.program.url.rpartition(":")[2]
    assert endpoint.invoke(own_port, "text/plain").body == b"cut off"


def test_requests_run_in_parallel(containers: Containers) -> None:
    endpoint = containers.serve(
        """
        import time
        def model_fn(model_dir): return None
        def transform_fn(model, body, content_type, accept):
            start = time.monotonic()
            time.sleep(1)
            return f"{start} {time.monotonic()}"
        """,
        environment={"SAGEMAKER_MODEL_SERVER_WORKERS": "3"},
    ).wait_until_ready()

    def overlap() -> bool:
        starts, ends = zip(*(map(float, answer.body.split()) for answer in _at_once(endpoint.invoke, 3)), strict=True)
        return max(starts) < min(ends)

    wait_until(overlap, "three requests ran in parallel")  # not the first three, which start the processes


def test_a_long_request_does_not_keep_ping_waiting(containers: Containers) -> None:
    endpoint = containers.serve(
        """
        import pathlib, time
        def model_fn(model_dir): return pathlib.Path(model_dir, "release")
        def transform_fn(model, body, content_type, accept):
            print("busy", flush=True)
            while not model.exists():
                time.sleep(0.02)
            return "done"
        """,
        environment={"SAGEMAKER_MODEL_SERVER_WORKERS": "1"},
    ).wait_until_ready()
    with ThreadPoolExecutor() as threads:
        request = threads.submit(endpoint.invoke, b"x")
        wait_until(lambda: endpoint.printed("busy"), "the model got the request")
        assert endpoint.get("/ping").status == 200
        (endpoint.root / "model/release").touch()
        assert request.result().body == b"done"


def test_a_process_that_dies_costs_one_request(containers: Containers) -> None:
    endpoint = containers.serve(
        """
        import os
        def model_fn(model_dir): return None
        def transform_fn(model, body, content_type, accept):
            if body == b"die":
                os.kill(os.getpid(), 9)
            return body
        """,
        environment={"SAGEMAKER_MODEL_SERVER_WORKERS": "1"},
    ).wait_until_ready()
    response = endpoint.invoke("die", "text/plain")
    assert response.status == 500
    assert b"signal 9" in response.body
    assert endpoint.invoke("live", "text/plain").body == b"live"


def test_a_model_that_hangs_is_replaced_after_its_timeout(containers: Containers) -> None:
    endpoint = containers.serve(
        """
        import time
        def model_fn(model_dir): return None
        def transform_fn(model, body, content_type, accept):
            time.sleep(int(body))
            return "awake"
        """,
        environment={"SAGEMAKER_MODEL_SERVER_WORKERS": "1", "SAGEMAKER_MODEL_SERVER_TIMEOUT": "1"},
    ).wait_until_ready()
    response = endpoint.invoke("120", "text/plain")
    assert (response.status, response.body) == (
        500,
        b"The model did not answer within 1 s (SAGEMAKER_MODEL_SERVER_TIMEOUT)",
    )
    assert endpoint.invoke("0", "text/plain").body == b"awake"


def test_a_model_that_can_not_be_loaded_again_ends_the_server(containers: Containers) -> None:
    endpoint = containers.serve(
        """
        import os
        def model_fn(model_dir): os.remove(model_dir + "/once")
        def transform_fn(model, body, content_type, accept): os._exit(3)
        """,
        files={"model/once": ""},
        environment={"SAGEMAKER_MODEL_SERVER_WORKERS": "1"},
    ).wait_until_ready()
    assert b"exit code 3" in endpoint.invoke("x").body
    assert endpoint.wait() == 1
    assert any("FileNotFoundError" in line for line in endpoint.lines)


def test_sigterm_answers_the_requests_under_way_and_refuses_others(containers: Containers) -> None:
    endpoint = containers.serve("""
        import time
        def model_fn(model_dir): return None
        def transform_fn(model, body, content_type, accept): time.sleep(1.5); return "answered"
        """).wait_until_ready()
    with ThreadPoolExecutor() as threads:
        request = threads.submit(endpoint.invoke, b"x")
        time.sleep(0.3)
        assert endpoint.program.terminate(grace_seconds=30) == 0, endpoint.output
        assert request.result().body == b"answered"
    assert not endpoint.program.ready()


def test_a_model_server_that_does_not_end_is_killed_after_the_grace(containers: Containers) -> None:
    endpoint = containers.serve("""
        import time
        def model_fn(model_dir): return None
        def transform_fn(model, body, content_type, accept): time.sleep(120)
        """).wait_until_ready()
    caller = threading.Thread(target=lambda: _ignoring_errors(endpoint.invoke), daemon=True)
    caller.start()
    time.sleep(0.3)
    assert 1 <= _seconds(lambda: endpoint.program.terminate(grace_seconds=1)) < 60, "the model sleeps for 120 s"
    caller.join(5)


def test_the_server_listens_on_loopback_only(containers: Containers) -> None:
    endpoint = containers.serve(ECHO).wait_until_ready()
    port = int(endpoint.program.url.rpartition(":")[2])
    listening = [line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines()[1:] if " 0A " in line]
    assert f"0100007F:{port:04X}" in listening
    assert f"00000000:{port:04X}" not in listening


def test_code_comes_from_an_archive(both_containers: Containers) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        content = b"def model_fn(d): return 1\ndef transform_fn(m, b, c, a): return 'from the archive'"
        entry = tarfile.TarInfo("serve_it.py")
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))
    endpoint = both_containers.serve(
        files={"model/sourcedir.tar.gz": buffer.getvalue()},
        environment={
            "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/sourcedir.tar.gz",
            "SAGEMAKER_PROGRAM": "serve_it.py",
        },
    ).wait_until_ready()
    assert endpoint.invoke("x").body == b"from the archive"


def test_the_codes_requirements_are_installed_first(containers: Containers) -> None:
    endpoint = containers.serve(
        "import tiny_package\n" + ECHO.replace("return body", "return tiny_package.WORD").replace("\n    ", "\n"),
        files={
            "model/code/requirements.txt": "./tiny_package-1.0-py3-none-any.whl\n",
            "model/code/tiny_package-1.0-py3-none-any.whl": wheel(),
        },
        network=False,
    ).wait_until_ready()
    assert endpoint.invoke("x").body == b"tiny"


def test_requirements_that_cannot_be_installed_end_the_server(containers: Containers) -> None:
    endpoint = containers.serve(ECHO, files={"model/code/requirements.txt": "./not-there.whl\n"})
    assert endpoint.wait() == 1
    assert "not-there.whl" in endpoint.output
    assert "could not be installed" in endpoint.lines[-1]


def test_a_training_jobs_requirements_stay_in_the_job(both_containers: Containers) -> None:
    files = {
        "code/requirements.txt": "./tiny_package-1.0-py3-none-any.whl\n",
        "code/tiny_package-1.0-py3-none-any.whl": wheel(),
    }
    job = both_containers.train("import tiny_package; print('it says', tiny_package.WORD)", files=files)
    assert job.wait() == 0, job.output
    assert job.printed("it says tiny")
    following = both_containers.train("import importlib.util; print(importlib.util.find_spec('tiny_package'))")
    assert following.wait() == 0
    assert "None" in following.lines


def wheel() -> bytes:
    """A package that pip installs without asking any index."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("tiny_package.py", "WORD = 'tiny'\n")
        information = "tiny_package-1.0.dist-info"
        archive.writestr(f"{information}/METADATA", "Metadata-Version: 2.1\nName: tiny-package\nVersion: 1.0\n")
        archive.writestr(f"{information}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{information}/RECORD", "")
    return buffer.getvalue()


def _at_once(invoke, count: int) -> list[Answer]:
    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(invoke, [b"x"] * count))


def _seconds(action) -> float:
    started = time.monotonic()
    action()
    return time.monotonic() - started


def _ignoring_errors(invoke) -> None:
    with contextlib.suppress(OSError):
        invoke(b"x")
