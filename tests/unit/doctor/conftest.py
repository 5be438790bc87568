"""A deployment whose AWS answers what a test says, and an assembly that a test writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from launchpad.cloud_assembly import Stack
from launchpad.doctor.assembly import Assembly
from launchpad.doctor.check import Finding
from launchpad.doctor.deployment import Deployment
from launchpad.image_builds.assembly_images import AssemblyImage
from launchpad.platform_client.connection import Connection
from launchpad.settings import EnvironmentSettings

ACCOUNT = "123456789012"
REGION = "eu-west-1"
KEYS = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": REGION}
IMAGE = AssemblyImage("launchpad/dev/r", "1a2b", frozenset())
Answers = Mapping[str, list[tuple[str, Any]]]
"""Each operation that is called, by service, in order, with its response or the code of its error."""
Deploy = Callable[..., Deployment]


def assembly(*resources: tuple[str, dict[str, Any]], **properties: Any) -> Assembly:
    """One stack with these resources: type and properties."""
    template = {
        "Resources": {f"R{number}": {"Type": kind, "Properties": each} for number, (kind, each) in enumerate(resources)}
    }
    stack = Stack("one", Path("manifest.json"), {"stackName": "launchpad-dev-one", **properties})
    stack.__dict__["template"] = template  # a cached property, which would read the file
    return Assembly((stack,))


def verdicts(findings: Any) -> list[str]:
    return [str(finding.status) for finding in findings]


def only(findings: Any) -> Finding:
    (finding,) = findings
    return finding


@pytest.fixture
def deploy() -> Iterator[Deploy]:
    """Make a deployment of environment `dev`, whose clients give the answers of a test and no others."""
    with ExitStack() as stack:

        def make(answers: Answers | None = None, settings: dict[str, Any] | None = None, **fields: Any) -> Deployment:
            config = EnvironmentSettings(**{"name": "dev", "region": REGION, "account": ACCOUNT, **(settings or {})})
            clients = {}
            for service, calls in (answers or {}).items():
                client = boto3.client(service, **KEYS)
                stubber = stack.enter_context(Stubber(client))
                for operation, answer in calls:
                    _add(stubber, operation, answer)
                stack.callback(stubber.assert_no_pending_responses)
                clients |= {(service, False): client, (service, True): client}
            return Deployment(**{"settings": config, "connection": Connection(config), "_clients": clients, **fields})

        yield make


def _add(stubber: Stubber, operation: str, answer: Any) -> None:
    if isinstance(answer, str):
        status = int(answer) if answer.isdigit() else 400
        stubber.add_client_error(operation, answer, f"{answer} of the test", http_status_code=status)
    else:
        stubber.add_response(operation, answer)
