"""`launchpad stop`: stop a training job, or delete an endpoint."""

from __future__ import annotations

import typer

from launchpad.cli.lookup import environment_of, kind_of
from launchpad.cli.options import EnvironmentOf, JobOrEndpoint, Yes
from launchpad.cli.terminal import say
from launchpad.platform_client import training_jobs
from launchpad.platform_client.connection import connect


def stop(name: JobOrEndpoint, env: EnvironmentOf = None, yes: Yes = False) -> None:
    """Stop a training job, or delete an endpoint.

    A deleted endpoint's model stays, and can be served again. A stopped job gets two minutes to save what it has;
    SageMaker keeps that.

    Example: launchpad stop local-boston-housing-20261120-114455-3fa2
    """
    connection = connect(env or environment_of(name))
    sagemaker = connection.client("sagemaker")
    if kind_of(connection, name) == "job":
        job = sagemaker.describe_training_job(TrainingJobName=name)
        if job["TrainingJobStatus"] in training_jobs.ENDED:
            say(f"{name} has ended already: {job['TrainingJobStatus']}")
            return
        sagemaker.stop_training_job(TrainingJobName=name)
        say(f"{name} is stopping")
        return
    if not yes:
        typer.confirm(f"Delete endpoint {name}? Its callers get errors from then on.", abort=True)
    sagemaker.delete_endpoint(EndpointName=name)
    say(f"{name} is deleted")
