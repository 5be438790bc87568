"""A server that lacks disk, descriptors or quick clients goes on, and says so in few words."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest

from tests.chaos.drills import PATIENCE_SECONDS, drill, start
from tests.local_aws.plain_endpoints import PlainEndpoints
from tests.local_aws.plain_jobs import PlainJobs

FEW = ["sh", "-c", 'ulimit -n 256; exec "$@"', "sh"]


@pytest.fixture
def connect():
    connections = []

    def open_(port, count, payload=b"GET / HTTP/1.1\r\nHost: "):
        for _ in range(count):
            connection = socket.socket()
            connection.settimeout(5)
            connection.connect(("127.0.0.1", port))
            connection.sendall(payload)
            connections.append(connection)

    yield open_
    for connection in connections:
        connection.close()


@pytest.mark.chaos
def test_a_server_out_of_descriptors_waits_quietly_and_recovers(connect):
    with drill(prefix=FEW) as server:
        buckets = server.aws.client("s3").list_buckets
        buckets()
        connections = []
        for _ in range(350):
            connection = socket.socket()
            connection.setblocking(False)
            connection.connect_ex(("127.0.0.1", server.aws.port))
            connections.append(connection)
        time.sleep(10)
        for connection in connections:
            connection.close()
        text = server.log.read_text()
        assert text.count("Too many open files") == 1
        assert len(text) < 100_000
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                assert "Buckets" in buckets()
                break
            except Exception:
                assert time.monotonic() < deadline
                time.sleep(0.5)


def test_half_sent_requests_hold_up_no_other(connect):
    with drill() as server:
        server.aws.client("s3").create_bucket(Bucket="chaos")
        endpoints = PlainEndpoints(server.aws, "chaos")
        name = endpoints.serving()
        connect(server.aws.port, 150)
        connect(server.aws.port, 50, b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nhalf")
        assert endpoints.predict(name) == b"1:row"
        server.aws.process.terminate()
        assert server.aws.process.wait(PATIENCE_SECONDS) == 0
        assert not server.leftovers()


class Listing:
    """How long ListModels takes at most, while something else goes on."""

    def __init__(self, aws):
        self._sagemaker, self._ended, self.worst = aws.client("sagemaker"), threading.Event(), 0.0
        self._thread = threading.Thread(target=self._ask)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join()

    def _ask(self):
        while not self._ended.wait(0.01):
            start = time.monotonic()
            self._sagemaker.list_models()
            self.worst = max(self.worst, time.monotonic() - start)


def peak_megabytes(process):
    (line,) = [line for line in Path(f"/proc/{process}/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) // 1024


@pytest.mark.chaos
def test_a_large_object_costs_little_time_and_memory():
    with drill() as server:
        s3, part, count = server.aws.client("s3"), bytes(64 * 1024 * 1024), 12
        before = peak_megabytes(server.aws.process.pid)
        s3.create_bucket(Bucket="chaos")
        upload = {"Bucket": "chaos", "Key": "large"}
        upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
        tags = [s3.upload_part(**upload, PartNumber=number, Body=part)["ETag"] for number in range(1, count + 1)]
        parts = [{"PartNumber": number, "ETag": tag} for number, tag in enumerate(tags, 1)]
        start = time.monotonic()
        with Listing(server.aws) as listing:
            s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
        assert listing.worst < (time.monotonic() - start) / 2
        body = s3.get_object(Bucket="chaos", Key="large")["Body"]
        assert sum(len(piece) for piece in body.iter_chunks(1024 * 1024)) == count * len(part)
        assert peak_megabytes(server.aws.process.pid) - before < 2.3 * 64 * count


class Disk:
    """A disk of 40 MB that only the programs begun with `prefix` see."""

    def __init__(self, folder, *, full):
        self.folder = folder / "disk"
        self.folder.mkdir()
        fill = f"(head -c 100m /dev/zero > {self.folder}/filler 2>/dev/null || true) && " if full else ""
        enter = ["unshare", "--mount", *(["--map-root-user"] if os.geteuid() else [])]
        mount = f"mount -t tmpfs -o size=40m tmpfs {self.folder}"
        if subprocess.run([*enter, "sh", "-c", mount], capture_output=True, check=False).returncode:
            pytest.skip("this machine gives no mount namespaces")
        self.prefix = [*enter, "sh", "-c", f'{mount} && {fill}exec "$@"', "sh"]


def test_a_start_on_a_full_disk_says_so_in_two_lines(tmp_path):
    disk = Disk(tmp_path, full=True)
    state = disk.folder / "state"
    with drill("--state", str(state), prefix=disk.prefix) as server:
        assert "Buckets" in server.aws.client("s3").list_buckets()
        first, second = server.errors.read_text().splitlines()
    full = "(database or disk is full), so that the next run will begin empty."
    assert first == f"local_aws: {state}/state.sqlite can't be written {full}"
    assert second == f"local_aws: {state}/local-aws.log can't be written: No space left on device. It lacks lines."


def test_the_terminal_names_an_object_that_a_full_disk_can_not_take(tmp_path):
    disk = Disk(tmp_path, full=False)
    with drill("--state", str(disk.folder / "state"), prefix=disk.prefix) as server:
        s3 = server.aws.client("s3")
        s3.create_bucket(Bucket="chaos")
        s3.put_object(Bucket="chaos", Key="small", Body=b"a")
        assert server.errors.read_text() == ""
        s3.put_object(Bucket="chaos", Key="large", Body=bytes(60_000_000))
        assert len(s3.get_object(Bucket="chaos", Key="large")["Body"].read()) == 60_000_000
        words = server.errors.read_text()
    assert "No space left on device" in words
    assert "memory" in words


def test_a_ready_file_on_a_full_disk_is_one_line(tmp_path):
    disk = Disk(tmp_path, full=True)
    errors = tmp_path / "stderr"
    process = start("--ready-file", str(disk.folder / "ready.json"), prefix=disk.prefix, errors=errors)
    process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 1
    words = f"local_aws: --ready-file {disk.folder}/ready.json can't be written: No space left on device.\n"
    assert errors.read_text() == words


def test_a_job_on_a_full_disk_says_why_and_the_server_goes_on(tmp_path):
    disk = Disk(tmp_path, full=True)
    with drill("--state", str(disk.folder / "state"), prefix=disk.prefix) as server:
        server.aws.client("s3").create_bucket(Bucket="chaos")
        job = PlainJobs(server.aws, "chaos").run("pass")
        assert job["TrainingJobStatus"] == "Failed"
        assert "disk" in job["FailureReason"]
        assert "Errno" not in job["FailureReason"]
