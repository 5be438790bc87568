"""What a section's job would be asked to do, from the working copy: the same request as for a launch, never sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from launchpad import paths
from launchpad.messages.errors import LaunchpadError, suggest
from launchpad.platform_client.connection import LOCAL, LOCAL_ACCOUNT

if TYPE_CHECKING:
    from launchpad.requests.context import Environment
    from launchpad.workload import Workload

KINDS = {"training": "training", "prepare": "processing", "evaluate": "processing", "serving": "serving"}
DATA_BUCKET, MODEL_BUCKET = "data", "model"
"""Stand for the environment's buckets, which may not exist yet."""
_CODE = {"training": "code", "processing": "processing/input/code", "serving": "model/code"}


@dataclass(frozen=True)
class Plan:
    """One section as a job: its request, and what it reads from S3 by folder below /opt/ml."""

    workload: Workload
    section: str
    request: Mapping[str, Any]
    image: str
    script: str | None
    arguments: tuple[str, ...] = ()
    inputs: Mapping[str, str] = field(default_factory=dict)
    """S3 URIs by folder below /opt/ml, without the scripts."""

    @property
    def kind(self) -> str:
        """The kind of job."""
        return KINDS[self.section]

    @property
    def code(self) -> str:
        """The folder of the scripts below /opt/ml."""
        return _CODE[self.kind]

    @property
    def network(self) -> bool:
        """Whether the container has a network."""
        isolated = self.request.get("NetworkConfig", self.request)["EnableNetworkIsolation"]
        return not isolated

    @property
    def variables(self) -> dict[str, str]:
        """The container's variables in the request."""
        container = self.request.get("PrimaryContainer", self.request)
        job = {"TRAINING_JOB_NAME": self.request["TrainingJobName"]} if self.kind == "training" else {}
        return {**container.get("Environment", {}), **job}

    @property
    def streamed(self) -> list[str]:
        """The channels that the job gets as named pipes."""
        channels = self.request.get("InputDataConfig", ())
        return [channel["ChannelName"] for channel in channels if channel.get("InputMode") == "Pipe"]


def plan(workload: Workload, section: str, job: Mapping[str, Any] | None = None) -> Plan:
    """The section's job. With `job`, DescribeTrainingJob's response, training has its hyperparameters and channels.

    Raises:
        LaunchpadError: the workload has no such section.
    """
    from launchpad.catalogue.definitions import render
    from launchpad.settings import load_environment

    sections = [name for name in KINDS if getattr(workload, name) is not None]
    if section not in sections:
        raise LaunchpadError(
            f"workload {workload.name!r} has no `{section}` section: {suggest(section, sections, 'sections')}"
        )
    settings = load_environment(LOCAL)
    definition, _ = render(workload, settings, paths.WORKLOADS / workload.name)
    return _OF_KIND[KINDS[section]](workload, section, definition, _environment(settings.region), job)


def _training(
    workload: Workload, section: str, definition: Any, environment: Environment, job: Mapping[str, Any] | None
) -> Plan:
    from launchpad.requests import Run, training_request

    source = f"s3://{DATA_BUCKET}/code/sourcedir.tar.gz"
    request = training_request(definition, environment, Run(_name(workload, section), source_uri=source))
    if job:
        request |= {name: job[name] for name in ("HyperParameters", "InputDataConfig") if name in job}
    channels = {
        f"input/data/{channel['ChannelName']}": channel["DataSource"]["S3DataSource"]["S3Uri"]
        for channel in request["InputDataConfig"]
        if channel["ChannelName"] != "code"
    }
    image = request["AlgorithmSpecification"]["TrainingImage"]
    return Plan(workload, section, request, image, definition[section]["entry_point"], (), channels)


def _processing(
    workload: Workload, section: str, definition: Any, environment: Environment, job: Mapping[str, Any] | None
) -> Plan:
    from launchpad.requests import Run
    from launchpad.requests.processing import processing_request

    model = job["ModelArtifacts"]["S3ModelArtifacts"] if job else f"s3://{MODEL_BUCKET}/model.tar.gz"
    run = Run(
        _name(workload, section), source_uri=f"s3://{DATA_BUCKET}/code", model_uri=model, model_job=_name(workload, "")
    )
    request = processing_request(definition, environment, run, section)
    inputs = {
        item["S3Input"]["LocalPath"].removeprefix("/opt/ml/"): item["S3Input"]["S3Uri"]
        for item in request.get("ProcessingInputs", [])
        if item["InputName"] != "code"
    }
    application = request["AppSpecification"]
    arguments = tuple(application.get("ContainerArguments", ()))
    script = definition[section]["entry_point"]
    return Plan(workload, section, request, application["ImageUri"], script, arguments, inputs)


def _serving(
    workload: Workload, section: str, definition: Any, environment: Environment, job: Mapping[str, Any] | None
) -> Plan:
    from launchpad.requests import model_request

    model = job["ModelArtifacts"]["S3ModelArtifacts"] if job else f"s3://{MODEL_BUCKET}/model.tar.gz"
    request = model_request(definition, environment, model)
    image = request["PrimaryContainer"]["Image"]
    return Plan(workload, section, request, image, definition[section]["entry_point"], (), {"model": model})


_OF_KIND = {"training": _training, "processing": _processing, "serving": _serving}


def _name(workload: Workload, section: str) -> str:
    return f"{LOCAL}-{workload.name}-{section or 'model'}"


def _environment(region: str) -> Environment:
    """An environment whose names only have to be valid; images of containers/ are known by their folder."""
    from launchpad.requests import Environment

    role = f"arn:aws:iam::{LOCAL_ACCOUNT}:role/job"
    registry = f"{LOCAL_ACCOUNT}.dkr.ecr.{region}.amazonaws.com/launchpad/{LOCAL}"
    folders = [path.parent.name for path in paths.CONTAINERS.glob("*/image.toml")]
    return Environment(
        name=LOCAL,
        region=region,
        data_bucket=DATA_BUCKET,
        model_bucket=MODEL_BUCKET,
        kms_key_arn=f"arn:aws:kms:{region}:{LOCAL_ACCOUNT}:key/none",
        training_role_arn=role,
        serving_role_arn=role,
        processing_role_arn=role,
        containers={name: f"{registry}/{name}:working-copy" for name in folders},
    )


def local_prefix(uri: str, bucket: str) -> str | None:
    """The key of a URI in one of the buckets that stand for the environment's; None for another bucket's."""
    address = urlsplit(uri)
    return address.path.strip("/") if address.netloc == bucket else None
