"""The examples of docs/sdk.md run on the platform, with its roles and buckets, where IAM is enforced."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from security.enforced_run import EnforcedRun, enforced_run
from tests.local_aws.launcher import ROOT
from tests.sdk.differences import CONFIG, EXAMPLES

pytestmark = pytest.mark.sdk

SOURCE = Path(__file__).parent / "workloads" / "sdk" / "src"
PYTHONS = {"v2": ".venv-sdk-v2", "v3": ".venv-images"}


@dataclass
class Outside:
    """A proxy for all hosts but this machine, which answers nothing and notes what it is asked for."""

    address: str
    requests: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def run() -> Iterator[EnforcedRun]:
    with enforced_run() as server:
        server.command("deploy")
        bucket = server.outputs["DataBucketName"]
        server.client("s3").put_object(Bucket=bucket, Key="sdk/training/rows.csv", Body=b"1,2\n3,4\n")
        yield server


@pytest.fixture
def outside() -> Iterator[Outside]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        proxy = Outside(f"http://127.0.0.1:{server.getsockname()[1]}")

        def note_requests() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    proxy.requests.append(connection.recv(200).decode(errors="replace").split("\r\n")[0])

        threading.Thread(target=note_requests, daemon=True).start()
        yield proxy


def example(run: EnforcedRun, version: str, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run an example in a folder with the scripts, as its reader would."""
    python = ROOT / PYTHONS[version] / "bin" / "python"
    if not python.exists():
        pytest.skip(f"{PYTHONS[version]} is not installed: make test-sdk")
    shutil.copytree(SOURCE, folder / "src", dirs_exist_ok=True)
    variables = {**os.environ, **run.environment, "HOME": str(folder), "SAGEMAKER_USER_CONFIG_OVERRIDE": str(CONFIG)}
    words = [str(python), str(EXAMPLES / f"{version}.py")]
    return subprocess.run(words, env={**variables, **more}, cwd=folder, capture_output=True, text=True, timeout=500)


@pytest.mark.parametrize("version", PYTHONS)
def test_an_example_goes_from_data_to_a_prediction_and_tunes(run, version, tmp_path, outside):
    result = example(run, version, tmp_path, HTTPS_PROXY=outside.address, NO_PROXY="127.0.0.1,localhost")
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    prediction = re.search(r"\[\[.*\]\]", result.stdout)
    assert prediction is not None, result.stdout[-3000:]
    assert [float(number) for number in re.findall(r"[\d.]+", prediction[0])] == [8.0, 16.0]
    assert re.search(r"local-sdk-\S+$", result.stdout.strip()), result.stdout[-3000:]
    assert outside.requests == [], "the SDK's telemetry is not switched off"
    assert [call for call in run.calls if not call["allowed"]] == []


def test_version_3_refuses_the_platforms_role_without_the_setting(run, tmp_path):
    result = example(run, "v3", tmp_path, SAGEMAKER_VALIDATE_ROLE="true")
    assert result.returncode != 0
    assert "RoleValidationError" in result.stderr
