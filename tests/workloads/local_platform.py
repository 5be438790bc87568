"""One local AWS with one platform, on which every folder of workloads/ is deployed; the tests share it.

It enforces IAM: each job, Spark step and endpoint acts with its own role, and nothing may be refused to any.

The checkout is this one by links, with workloads, containers and config copied: what runs write is in a temporary one.
It is deployed with `config/local.yaml` and Spark, which the workloads with a `spark` section need.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from launchpad.config_files.yaml_source import parse
from security.untracked_config import copy_untracked_config
from tests.end_to_end.conftest import BYTECODE, CACHE, LINKED, Checkout, linked_checkout
from tests.local_aws.launcher import FAST_PIPELINES, LocalAws, running_local_aws
from tests.workloads.checks import read_check

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("config", "containers", "workloads")
REPOSITORY_LOOK_UP = ("launchpad-local-image-publishing", "ecr:DescribeRepositories", "launchpad/local/new-container")
"""Role, action and repository of the one call that is refused: before a deploy makes the repository of a new container
and lets the role use it, the CDK CLI looks whether the image is there already. It goes on without an answer."""
LONGEST_COMMAND_SECONDS = 900
"""The first use of an image builds its environment, which for TensorFlow is more than a gigabyte."""


@dataclass(frozen=True)
class Platform:
    """The command line against the deployed platform, and clients to look behind it."""

    checkout: Checkout
    aws: LocalAws
    state: Path
    """The server's folder."""

    @property
    def variables(self) -> dict[str, str]:
        """The variables with which a separate program finds this platform."""
        return self.checkout.variables(**self.aws.environment)

    def __call__(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        """Run `launchpad` with these arguments; its output and errors in one text."""
        return subprocess.run(
            self.checkout.command(*arguments),
            env=self.variables,
            cwd=self.checkout.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LONGEST_COMMAND_SECONDS,
        )

    def succeeds(self, *arguments: object) -> str:
        """Run a command that must succeed; what it said."""
        result = self(*arguments)
        assert result.returncode == 0, f"launchpad {' '.join(map(str, arguments))}:\n{result.stdout}"
        return result.stdout

    def client(self, service: str) -> Any:
        return self.aws.client(service)

    def read(self, uri: str) -> bytes:
        """The content of one object in S3."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        return bytes(self.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())

    def calls(self) -> list[dict[str, Any]]:
        """What IAM has decided: principal, action, resource, allowed."""
        return [json.loads(line) for line in (self.state / "iam-calls.jsonl").read_text("utf-8").splitlines()]

    def last_uri(self, output: str) -> str:
        """The last place in S3 that a command has named."""
        return re.findall(r"s3://\S+", output)[-1].rstrip("/")


@contextmanager
def deployed_platform(root: Path) -> Iterator[Platform]:
    """A platform with every workload that this machine can run, in the empty folder `root`; gone at the end."""
    checkout = linked_checkout(root, set(LINKED) - set(COPIED))
    copy_untracked_config(root / "config")
    for name in ("containers", "workloads"):
        shutil.copytree(ROOT / name, root / name, ignore=BYTECODE)
    for folder in (root / "workloads").iterdir():
        if folder.is_dir() and read_check(folder).missing:
            shutil.rmtree(folder)
    _add_spark(root / "config" / "local.yaml")
    state = root / ".local-aws" / "server"
    options = ("--cache", CACHE, "--images", root / "containers", "--stop-grace", "2", "--state", state, "--iam")
    with running_local_aws(*map(str, options), environment=FAST_PIPELINES) as aws:
        platform = Platform(checkout, aws, state)
        platform.succeeds("deploy")
        yield platform
        platform.succeeds("destroy", "--yes")
        assert _left(platform) == []
        refused = [call for call in platform.calls() if not call["allowed"] and not _is_look_up(call)]
        assert refused == [], refused


def _is_look_up(call: Mapping[str, Any]) -> bool:
    role, action, repository = REPOSITORY_LOOK_UP
    named = call["principal"].split("/")[1] == role and call["resource"].endswith(f":repository/{repository}")
    return bool(named and call["action"] == action)


def _left(platform: Platform) -> list[str]:
    """What workloads have made, and is still there."""
    sagemaker, emr = platform.client("sagemaker"), platform.client("emr")
    return [
        *(item["EndpointName"] for item in sagemaker.list_endpoints()["Endpoints"]),
        *(item["EndpointConfigName"] for item in sagemaker.list_endpoint_configs()["EndpointConfigs"]),
        *(item["ModelName"] for item in sagemaker.list_models()["Models"]),
        *(item["Id"] for item in emr.list_clusters(ClusterStates=["STARTING", "RUNNING", "WAITING"])["Clusters"]),
    ]


def _add_spark(config: Path) -> None:
    # The local AWS's clock is fast here: the default hour without work passes in a minute, and the cluster ends itself.
    spark = {"certificates": "spark/tls.zip", "idle_minutes": 7 * 24 * 60}
    settings = {**parse(config).value, "network": {}, "spark": spark}
    config.write_text(yaml.safe_dump(settings), "utf-8")
