"""An account with a checkout that deploys to it, on a local AWS with IAM enforced, and who signs in to it."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from launchpad.duties import Duty, role_name
from tests.end_to_end.conftest import Checkout
from tests.end_to_end.duty_walks import NAME
from tests.local_aws.launcher import LocalAws

NUMBER = "123456789012"
SETS = {duty: duty.value.title().replace("-", "") for duty in Duty}
"""The permission set of each duty."""
_SUFFIX = "0123456789abcdef"
_PATH = "/aws-reserved/sso.amazonaws.com/eu-west-1/"


PERSON = "ada@example.com"
"""The name of people's sessions, as Identity Center has it."""


@dataclass(frozen=True)
class Ending:
    """How a command ended: its exit code, and what it printed."""

    code: int
    output: str


@dataclass(frozen=True)
class Account:
    """An account with nothing in it yet, and a checkout that deploys to it."""

    checkout: Checkout
    aws: LocalAws
    state: Path
    environment: str = NAME

    def launchpad(self, *arguments: str, **credentials: str) -> subprocess.CompletedProcess[str]:
        """Run `launchpad`, as the account's administrator or with these credentials."""
        return self.checkout.run(*arguments, **self._variables(credentials))

    def make(self, *arguments: str, **credentials: str) -> subprocess.CompletedProcess[str]:
        """Run `make` as a workflow does after `make setup`."""
        return self._run(["make", "--old-file=setup", *arguments], credentials)

    def _run(self, command: list[str], credentials: dict[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            env=self.checkout.variables(**self._variables(credentials)),
            cwd=self.checkout.root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
        )

    def _variables(self, credentials: dict[str, str]) -> dict[str, str]:
        return {**self.aws.environment, "CI": "true", **credentials}

    def credentials(self, role: str, subject: str, audience: str = "sts.amazonaws.com") -> dict[str, str]:
        """Exchange a job's token, as aws-actions/configure-aws-credentials does."""
        return job_variables(self.aws.client("sts"), f"arn:aws:iam::{NUMBER}:role/{role}", subject, audience)

    def calls(self, role: str) -> list[dict[str, Any]]:
        """IAM's decisions about a role's sessions."""
        lines = (self.state / "iam-calls.jsonl").read_text("utf-8").splitlines()
        return [call for call in map(json.loads, lines) if f":assumed-role/{role}/" in call["principal"]]

    def person(self, duty: Duty, permission_set: str | None = None, session: str = PERSON) -> dict[str, str]:
        """Sign in by IAM Identity Center's role for a permission set, by default the duty's; assume the duty's role."""
        reserved = self.variables_of_a_permission_set(permission_set or SETS[duty])
        sts = self.aws.client("sts", **lower(reserved))
        role = f"arn:aws:iam::{NUMBER}:role/{role_name(self.environment, duty)}"
        return variables(sts.assume_role(RoleArn=role, RoleSessionName=session))

    def variables_of_a_permission_set(self, name: str) -> dict[str, str]:
        """The credentials of Identity Center's role for a permission set, made as Identity Center makes it."""
        iam, role = self.aws.client("iam"), f"AWSReservedSSO_{name}_{_SUFFIX}"
        trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": f"arn:aws:iam::{NUMBER}:root"}}
        assume = {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Resource": f"arn:aws:iam::*:role/launchpad-{self.environment}-*",
        }
        with suppress(iam.exceptions.EntityAlreadyExistsException):
            iam.create_role(RoleName=role, Path=_PATH, AssumeRolePolicyDocument=document(trust))
        iam.put_role_policy(RoleName=role, PolicyName="AwsSSOInlinePolicy", PolicyDocument=document(assume))
        arn = f"arn:aws:iam::{NUMBER}:role{_PATH}{role}"
        return variables(self.aws.client("sts").assume_role(RoleArn=arn, RoleSessionName=PERSON))

    def in_one_process(self, lines: Sequence[str], credentials: dict[str, str]) -> list[Ending]:
        """Run command lines one after the other with credentials, and the environment `local` with them too."""
        program = [sys.executable, str(Path(__file__).with_name("one_process.py")), json.dumps(lines)]
        finished = self._run(program, credentials)
        assert finished.returncode == 0, finished.stdout + finished.stderr
        return [Ending(code, output) for code, output in json.loads(finished.stdout)]

    def all_in_one_process(self, lines: dict[Duty, Sequence[str]], session: str = PERSON) -> dict[Duty, list[Ending]]:
        """The same for several duties, side by side."""
        people = {duty: self.person(duty, session=session) for duty in lines}
        with ThreadPoolExecutor(3) as pool:
            endings = pool.map(lambda duty: self.in_one_process(lines[duty], people[duty]), lines)
            return dict(zip(lines, endings, strict=True))

    def output(self, stack: str, name: str) -> str:
        """An output of one of the environment's stacks."""
        described = self.aws.client("cloudformation").describe_stacks(StackName=f"launchpad-{self.environment}-{stack}")
        return next(each["OutputValue"] for each in described["Stacks"][0]["Outputs"] if each["OutputKey"] == name)

    def together(self, commands: Sequence[tuple[str, dict[str, str]]]) -> list[subprocess.CompletedProcess[str]]:
        """Run some command lines side by side, each with credentials."""
        with ThreadPoolExecutor(3) as pool:
            return list(pool.map(lambda command: self.launchpad(*command[0].split(), **command[1]), commands))

    def statements(self, role: str) -> list[dict[str, Any]]:
        """What a role's inline policies say."""
        iam = self.aws.client("iam")
        policies = iam.list_role_policies(RoleName=role)["PolicyNames"]
        documents = [iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in policies]
        return [statement for each in documents for statement in each["Statement"]]


def token(claims: dict[str, str]) -> str:
    """A token with these claims; the local AWS believes every signature."""
    parts = (json.dumps({"alg": "none"}), json.dumps(claims), "signature")
    return ".".join(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts)


def job_variables(sts: Any, role_arn: str, subject: str, audience: str = "sts.amazonaws.com") -> dict[str, str]:
    """Exchange the token of a job of GitHub's for a role's credentials; `sts` is a client of the role's account."""
    claims = {"iss": "https://token.actions.githubusercontent.com", "aud": audience, "sub": subject}
    # On AWS the request is unsigned: the token is all that counts. The local AWS answers nothing unsigned.
    sts.meta.events.register_first("choose-signer.sts.AssumeRoleWithWebIdentity", lambda **_: "v4", unique_id="signed")
    return variables(
        sts.assume_role_with_web_identity(
            RoleArn=role_arn, RoleSessionName="GitHubActions", WebIdentityToken=token(claims)
        )
    )


def variables(session: dict[str, Any]) -> dict[str, str]:
    """A session's credentials, as environment variables."""
    credentials = session["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
        "AWS_SESSION_TOKEN": credentials["SessionToken"],
    }


def lower(credentials: dict[str, str]) -> dict[str, str]:
    """The same credentials, as a client takes them."""
    return {name.lower(): value for name, value in credentials.items()}


def document(*statements: dict[str, Any]) -> str:
    """A policy with these statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
