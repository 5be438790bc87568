"""Small programs as the public examples write them, each by its real client, on one local AWS.

A program asserts what it expects, and reads the bucket, the role and the folder of its scripts from the environment.
"""

from __future__ import annotations

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.local_aws.launcher import ROOT, LocalAws
from tests.local_aws.script_jobs import running_script_jobs

pytestmark = pytest.mark.sdk

HERE = Path(__file__).parent / "programs"
ROLE = "arn:aws:iam::123456789012:role/programs"
PYTHONS = {
    "v2": ROOT / ".venv-sdk-v2",
    "v3": ROOT / ".venv-images",
    "boto3": ROOT / ".venv",
    "clients": ROOT / ".venv-clients",
    "airflow": ROOT / ".venv-airflow",
}
"""The environment with each client, by the beginning of a program's name."""
PROGRAMS = sorted(path.stem for path in HERE.glob("*.py"))
AT_MOST = 10
"""Programs that one interpreter runs one after the other; those of a client with more share several interpreters."""
ROWS = "".join(f"{2 * x + 1},{x}\n" for x in range(20))


def client_of(program: str) -> str:
    return program.partition("_")[0]


def shares() -> list[list[str]]:
    """The programs of each interpreter."""
    by_client = [[name for name in PROGRAMS if client_of(name) == client] for client in PYTHONS]
    parts = [(names, -(-len(names) // AT_MOST)) for names in by_client]
    return [names[first::count] for names, count in parts for first in range(count)]


def run_all(aws: LocalAws, programs: list[str], home: Path) -> dict[str, str]:
    """Run programs of one client one after the other; returns the failures by their names."""
    python = PYTHONS[client_of(programs[0])] / "bin" / "python"
    if not python.exists():
        return {}
    home.mkdir()
    paths = [str(HERE / f"{name}.py") for name in programs]
    own = {"HOME": str(home), "BUCKET": "programs", "ROLE": ROLE, "SCRIPTS": str(HERE / "scripts")}
    quiet = {"SAGEMAKER_SUPPRESS_V2_WARNING": "1"}
    result = subprocess.run(
        [str(python), str(HERE.parent / "drivers" / "run_programs.py"), *paths],
        env={**os.environ, **aws.environment, **own, **quiet},
        cwd=home,
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    failures = json.loads(result.stdout.strip().splitlines()[-1])
    return {Path(path).stem: failure for path, failure in failures.items()}


@pytest.fixture(scope="module")
def failures(tmp_path_factory):
    with running_script_jobs("--images", str(HERE / "images")) as jobs:
        s3 = jobs.aws.client("s3")
        s3.create_bucket(Bucket="programs")
        s3.put_object(Bucket="programs", Key="line/rows.csv", Body=ROWS.encode())
        s3.put_object(Bucket="programs", Key="features/rows.csv", Body=b"3\n10\n")
        home = tmp_path_factory.mktemp("home")
        with ThreadPoolExecutor(len(shares())) as interpreters:
            results = interpreters.map(lambda names: run_all(jobs.aws, names, home / names[0]), shares())
            yield {name: failure for found in results for name, failure in found.items()}


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_does_what_it_asserts(failures, program):
    python = PYTHONS[client_of(program)] / "bin" / "python"
    if not python.exists():
        pytest.skip(f"{python.parent.parent.name} is not installed: make test-sdk")
    assert program not in failures, failures[program][-3000:]
