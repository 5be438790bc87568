"""A container's links lead to files of the machine only where the server would follow them: it never does."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from local_aws.files.archives import pack
from local_aws.files.storage import upload_folder
from local_aws.files.untrusted import JobTree
from local_aws.files.volumes import GIGABYTE, Volume
from tests.local_aws.runtimes.containers import Containers

SECRET = "only for the person at this machine"


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file of the machine that no container can see."""
    path = tmp_path / "secret"
    path.write_text(SECRET)
    return path


def left(containers: Containers, script: str) -> Path:
    """Run a script in a container; returns the folder that was its /opt/ml."""
    job = containers.process("python3", "-c", script, files={})
    assert job.wait() == 0, job.output
    return job.root


def test_a_containers_link_is_packed_as_a_link(containers: Containers, secret: Path) -> None:
    root = left(containers, f"import os; os.mkdir('/opt/ml/model'); os.symlink('{secret}', '/opt/ml/model/link')")
    archive = io.BytesIO()
    pack([JobTree(root, "model")], archive, Volume(GIGABYTE))
    archive.seek(0)
    with tarfile.open(fileobj=archive) as packed:
        (member,) = packed.getmembers()
    assert (member.type, member.linkname) == (tarfile.SYMTYPE, str(secret))


def test_a_containers_link_in_place_of_its_model_is_refused(containers: Containers, secret: Path) -> None:
    root = left(containers, f"import os; os.symlink('{secret.parent}', '/opt/ml/model')")
    with pytest.raises(OSError, match="Not a directory: '/opt/ml/model'"):
        upload_folder(None, [JobTree(root, "model")], None, None, Volume(GIGABYTE))  # type: ignore[arg-type]


def test_a_containers_device_pipe_and_link_are_no_failure_file(containers: Containers, secret: Path) -> None:
    script = """
import os, stat, subprocess
for name, make in {"pipe": os.mkfifo, "link": lambda path: os.symlink("%s", path)}.items():
    make(f"/opt/ml/output-{name}")
subprocess.run(["mknod", "/opt/ml/output-device", "c", "1", "5"])  # /dev/zero, where the engine allows it
"""
    root = left(containers, script % secret)
    for name in ("pipe", "link", "device"):
        assert JobTree(root).start_of(f"output-{name}", 1024) == b""
