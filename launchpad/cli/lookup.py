"""The environment and the kind of what a name belongs to: a training job or an endpoint."""

from __future__ import annotations

from itertools import islice

from botocore.exceptions import ClientError

from launchpad.cli.following import of
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client import training_jobs
from launchpad.platform_client.connection import LOCAL, Connection


def environment_of(name: str) -> str:
    """The environment that a job's or endpoint's name begins with; the local one if it begins with none."""
    from launchpad.settings import environment_names

    first = name.partition("-")[0]
    return first if first in environment_names() else LOCAL


def kind_of(connection: Connection, name: str) -> str:
    """Whether `name` is a `job` or an `endpoint`.

    Raises:
        LaunchpadError: neither of that name exists.
    """
    sagemaker = connection.client("sagemaker")
    for kind, describe, key in (
        ("job", sagemaker.describe_training_job, "TrainingJobName"),
        ("endpoint", sagemaker.describe_endpoint, "EndpointName"),
    ):
        try:
            describe(**{key: name})
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("ValidationException", "ResourceNotFound"):
                raise
        else:
            return kind
    newest = [job["TrainingJobName"] for job in islice(training_jobs.recent(connection), 3)]
    raise LaunchpadError(
        f"environment {connection.name!r} has no training job or endpoint {name!r};"
        f" newest jobs: {', '.join(newest) or 'none'}; `launchpad status{of(connection.name)}` lists what there is"
    )
