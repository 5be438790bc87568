"""The whole platform, as a user has it: a checkout, a local AWS, the command line in separate processes.

The checkout is this one by links, with the tests' workloads next to the real one: nothing is written here.
Deploying costs seconds, so all tests share one platform; each uses jobs and workloads that no other uses.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from launchpad.cli.scaffolding import make_workload
from security.untracked_config import copy_untracked_config
from tests.end_to_end import commands
from tests.local_aws.launcher import FAST_SERVICES, LocalAws, running_local_aws

ROOT = Path(__file__).resolve().parents[2]
LINKED = (
    ".tools",
    ".venv-local-aws",
    "app.py",
    "cdk.json",
    "config",
    "containers",
    "images.lock.json",
    "lambda",
    "launchpad",
    "node_modules",
    "packages",
    "prices",
    "stacks",
)
WORKLOAD = "boston-housing"
WORKLOADS = Path(__file__).parent / "workloads"
"""The tests' own, as they are."""
CACHE = ROOT / ".local-aws" / "cache"
SHARED = {
    "LAUNCHPAD_ASSEMBLIES": str(ROOT / "build" / "assemblies"),
    "NODE_COMPILE_CACHE": str(ROOT / "build" / "node-cache"),
}
"""What every checkout keeps in one place."""
BYTECODE = shutil.ignore_patterns("__pycache__")


@dataclass(frozen=True)
class Checkout:
    """A checkout, and the command line in it."""

    root: Path

    def command(self, *arguments: object) -> list[str]:
        return [str(ROOT / ".venv" / "bin" / "launchpad"), *map(str, arguments)]

    def variables(self, **more: str) -> dict[str, str]:
        return {**os.environ, **SHARED, "LAUNCHPAD_ROOT": str(self.root), "COLUMNS": commands.COLUMNS, **more}

    def run(self, *arguments: object, rows: str | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, with `rows` on its standard input."""
        return commands.run([*map(str, arguments)], self.variables(**variables), self.root, rows)

    def start(self, *arguments: object, **variables: str) -> subprocess.Popen[str]:
        """Begin a command, its output and errors in one stream, in a separate process group."""
        return subprocess.Popen(
            self.command(*arguments),
            env=self.variables(**variables),
            cwd=self.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            process_group=0,
        )


def linked_checkout(root: Path, names: Iterable[str] = LINKED) -> Checkout:
    """This checkout's parts and its cache by links, in the empty folder `root`; configs are copies, without MLflow."""
    for name in names:
        if name == "config":
            copy_untracked_config(root / name)
        elif (ROOT / name).exists():
            (root / name).symlink_to(ROOT / name)
    (root / ".local-aws").mkdir()
    CACHE.mkdir(parents=True, exist_ok=True)
    (root / ".local-aws" / "cache").symlink_to(CACHE)
    return Checkout(root)


@dataclass(frozen=True)
class Platform:
    """A deployed platform: the command line against it, and clients to look behind it."""

    checkout: Checkout
    aws: LocalAws

    def __call__(self, *arguments: object, rows: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run `launchpad` with these arguments, and `rows` on its standard input."""
        return self.checkout.run(*arguments, rows=rows, **self.aws.environment)

    def succeeds(self, *arguments: object, rows: str | None = None) -> str:
        """Run a command that must succeed; what it printed."""
        result = self(*arguments, rows=rows)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def client(self, service: str) -> Any:
        return self.aws.client(service)

    def output(self, part: str, name: str) -> str:
        """An output of one of the stacks of environment `local`."""
        (stack,) = self.client("cloudformation").describe_stacks(StackName=f"launchpad-local-{part}")["Stacks"]
        return str(next(output["OutputValue"] for output in stack["Outputs"] if output["OutputKey"] == name))


class Report:
    """The progress that a command shows, as lines for a test."""

    detail = ""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text.strip())


def checkout_of_one_workload(root: Path) -> Checkout:
    """This checkout by links, but for its workloads, and for what runs leave behind, in the empty folder `root`."""
    checkout = linked_checkout(root)
    shutil.copytree(ROOT / "workloads" / WORKLOAD, root / "workloads" / WORKLOAD, ignore=BYTECODE)
    return checkout


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """The checkout that most tests have in common."""
    return checkout_of_one_workload(tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="session")
def aws() -> Iterator[LocalAws]:
    options = ("--cache", str(CACHE), "--images", str(ROOT / "containers"), "--stop-grace", "2")
    with running_local_aws(*options, environment=FAST_SERVICES) as server:
        yield server


@pytest.fixture(scope="session")
def platform(checkout: Checkout, aws: LocalAws) -> Platform:
    """Environment `local`, deployed by `launchpad deploy`, with the workloads that the tests need."""
    platform = Platform(checkout, aws)
    shutil.copytree(WORKLOADS, checkout.root / "workloads", dirs_exist_ok=True, ignore=BYTECODE)
    add_faulty(platform)
    let_old_things_go(platform)
    platform.succeeds("deploy")
    share_data(platform)
    return platform


def let_old_things_go(platform: Platform) -> None:
    """Have the environment delete what is old, but for logs and images, which other files may look at."""
    config = platform.checkout.root / "config" / "local.yaml"
    rules = "retention: {delete: true, job_logs_days: 0, images_days: 0}\n"
    config.write_text(config.read_text("utf-8") + rules, "utf-8")


FAULTY: dict[str, tuple[str, str, str]] = {
    "raising": ("src/train.py", "    options = parse_options()", "    raise ValueError('no such vineyard')"),
    "killed": (
        "src/train.py",
        "    options = parse_options()",
        "    import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    ),
    "slow": (
        "src/train.py",
        "    options = parse_options()",
        "    import time; print('asleep', flush=True); time.sleep(600)",
    ),
    "modelless": ("src/model.py", "joblib.dump(model, folder / FILE)", 'joblib.dump(model, folder / "another.joblib")'),
    "dataless": ("data.py", "    main()", "    raise SystemExit('the vineyard is closed')"),
}
"""A workload from the template, and the one replacement that makes it fail: file, what was there, what is there now."""


def add_faulty(platform: Platform) -> None:
    """Write the workloads that fail, where they are not there yet."""
    for name, change in FAULTY.items():
        folder = platform.checkout.root / "workloads" / name
        if not folder.exists():
            make_workload("sklearn", name, folder)
            _make_faulty(folder, *change)


def share_data(platform: Platform) -> None:
    """Give the faulty workloads the rows that one of them has prepared: that takes each of them seconds."""
    platform.succeeds("data", "modelless")
    s3, bucket = platform.client("s3"), platform.output("storage", "DataBucketName")
    for name in ("raising", "killed", "slow"):
        for channel in ("training", "test"):
            source = {"Bucket": bucket, "Key": f"modelless/{channel}/rows.csv"}
            s3.copy_object(Bucket=bucket, Key=f"{name}/{channel}/rows.csv", CopySource=source)


def _make_faulty(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


@pytest.fixture(scope="session")
def job(platform: Platform) -> str:
    """A completed training job of the real workload."""
    platform.succeeds("run", WORKLOAD, "--token", "shared")
    return f"local-{WORKLOAD}-shared"


@pytest.fixture(scope="module")
def endpoint(platform: Platform, job: str) -> str:
    """The real workload's endpoint, which serves that job: the file before may have served another one."""
    platform.succeeds("serve", WORKLOAD, "--job", job)
    return f"local-{WORKLOAD}"


def until(condition: Any, seconds: float = 120) -> Any:
    """What `condition` gives, once that is true."""
    deadline = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < deadline, "took too long"
        time.sleep(0.05)
    return result
