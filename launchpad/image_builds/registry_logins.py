"""Logs Docker in to a registry of Amazon ECR, as `aws ecr get-login-password` and `docker login` do.

AWS's own images are in private registries that every account may pull from. The CDK CLI logs in to the registry that it
pushes to, and to no other. A token is valid for 12 hours, in every registry of its region that the caller may read.
"""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Mapping
from typing import TYPE_CHECKING

from launchpad.image_builds.docker_engine import ANSWER_SECONDS, docker_program
from launchpad.messages.errors import LaunchpadError

if TYPE_CHECKING:
    import boto3


def log_in(session: boto3.Session, registry: str, variables: Mapping[str, str]) -> None:
    """Log Docker in to `registry` (`ACCOUNT.dkr.ecr.REGION.amazonaws.com`). The password goes through a pipe only.

    Raises:
        LaunchpadError: Docker refused; carries its words.
        botocore.exceptions.ClientError: the caller may not call ecr:GetAuthorizationToken.
    """
    ecr = session.client("ecr", region_name=region_of(registry))
    token = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    user, _, password = base64.b64decode(token).decode().partition(":")
    program = docker_program(variables)
    command = [program, "login", "--username", user, "--password-stdin", registry]
    try:
        result = subprocess.run(
            command,
            env=dict(variables),
            input=password,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=ANSWER_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        raise LaunchpadError(f"`{program} login {registry}` didn't end; restart Docker, then try again") from None
    if result.returncode:
        words = " ".join(result.stdout.replace(password, "***").split())
        raise LaunchpadError(f"Docker could not log in to {registry}, which has the base of an image: {words}")


def region_of(registry: str) -> str:
    """The region of a registry of Amazon ECR.

    >>> region_of("763104351884.dkr.ecr.eu-west-1.amazonaws.com")
    'eu-west-1'
    """
    return registry.split(".")[3]
