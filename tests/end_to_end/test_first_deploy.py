"""docs/first-deploy.md, run from top to bottom as an administrator of an empty account, with IAM enforced."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from security.untracked_config import copy_untracked_config
from tests.end_to_end.conftest import CACHE, LINKED, ROOT, Checkout, linked_checkout
from tests.end_to_end.documents import FENCED, steps
from tests.local_aws.launcher import FAST_SERVICES, LocalAws, running_local_aws

DOCUMENT = ROOT / "docs" / "first-deploy.md"
ACCOUNT, REGION = "111111111111", "eu-west-1"
ANSWERS = {"bootstrap": "y\n", "deploy": "y\n", "stop": "y\n", "destroy": "dev\n"}
"""What is typed where a command asks."""
REFUSING = {"doctor": 1}
"""The commands that exit with another status than 0: the account isn't bootstrapped yet."""


@dataclass(frozen=True)
class Account:
    """An empty account, and the checkout that its administrator works in."""

    checkout: Checkout
    aws: LocalAws

    def run(self, command: str) -> str:
        """Run a line of the document; return what it printed."""
        program, *arguments = command.split()
        assert program == "launchpad", command
        variables = {**self.aws.environment, "AWS_ACCESS_KEY_ID": ACCOUNT}
        result = self.checkout.run(*arguments, rows=ANSWERS.get(arguments[0]), **variables)
        assert result.returncode == REFUSING.get(arguments[0], 0), result.stdout + result.stderr
        return result.stdout + result.stderr

    def stacks(self) -> set[str]:
        client = self.aws.client("cloudformation", region_name=REGION, aws_access_key_id=ACCOUNT)
        return {stack["StackName"] for stack in client.describe_stacks()["Stacks"]}


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    root: Path = tmp_path_factory.mktemp("first-deploy")
    checkout = linked_checkout(root, sorted({*LINKED, "workloads", "schemas"} - {"config"}))
    copy_untracked_config(root / "config")
    images = ("--images", str(ROOT / "containers"))
    with running_local_aws(
        "--iam", "--cache", str(CACHE), *images, "--stop-grace", "2", environment=FAST_SERVICES
    ) as aws:
        yield Account(checkout, aws)


def test_every_command_prints_what_the_document_says(account):
    text = DOCUMENT.read_text("utf-8")
    (number,) = (content for language, content in FENCED.findall(text) if language == "yaml")
    config = account.checkout.root / "config" / "dev.yaml"
    chosen = re.findall(r"^workloads: .*\n", (ROOT / "config" / "dev.yaml").read_text("utf-8"), re.MULTILINE)
    config.write_text("".join([config.read_text("utf-8"), number, *chosen]), "utf-8")
    for step in steps(text):
        printed = "".join(account.run(command) for command in step.commands)
        step.check(printed)
    assert account.stacks() == {"CDKToolkit"}
