"""Failures that happen at random on AWS, triggered on the local AWS: `launchpad chaos`."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from launchpad.cli.terminal import note, say
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import LOCAL, Connection, connect

Job = Annotated[str, typer.Argument(help="A managed spot training job that runs.", metavar="JOB", show_default=False)]


def interrupt(
    job: Job,
    seconds: Annotated[
        float, typer.Option("--capacity-after", help="Seconds until there is capacity again.", min=0, max=3600)
    ] = 0,
) -> None:
    """Take a spot training job's instances away, as AWS does when it needs them.

    Its script gets SIGTERM, and starts again once there is capacity, with the checkpoints that it wrote. Only the local
    AWS can be asked for this: it is how to try out, before it costs anything, that a training goes on where it was.

    Example: launchpad chaos interrupt local-boston-housing-20261120-114455-3fa2 --capacity-after 5
    """
    status, answer = _post(connect(LOCAL), f"sagemaker/interrupt/{job}?capacity_seconds={seconds}")
    if status != 200:
        raise LaunchpadError(f"{job}: {answer['message']} `launchpad status` lists the jobs")
    say(f"{job} is interrupted; it starts again " + (f"in {seconds:g} s" if seconds else "at once"))
    note(f"`launchpad logs {job} --follow` shows where it goes on")


def _post(connection: Connection, path: str) -> tuple[int, dict[str, str]]:
    """Call an API of the local AWS that AWS doesn't have; return the HTTP status and the JSON.

    Raises:
        LaunchpadError: the server at the address is not this project's local AWS.
    """
    import urllib3
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest

    assert connection.local  # noqa: S101 -- environment local has an address
    request = AWSRequest("POST", f"{connection.local.endpoint_url}/_local/{path}")
    SigV4Auth(connection.session.get_credentials(), "sagemaker", connection.settings.region).add_auth(request)
    pool = urllib3.PoolManager(timeout=30, retries=False)
    answer = pool.request("POST", request.url, headers=dict(request.headers.items()))
    try:
        return answer.status, dict(json.loads(answer.data))
    except ValueError:
        raise LaunchpadError(
            f"{connection.local.endpoint_url} answers, but is not the local AWS of this project"
        ) from None
