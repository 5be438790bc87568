"""Limits of AWS on what grows with a config and with the workloads: policies, functions' variables, event patterns.

The values of other resources, such as a role's ARN, are known only after the deploy. The allowances below stand for
what doesn't grow; a test compares them with the templates of the samples.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from launchpad.catalogue.definitions import PURPOSES
from launchpad.catalogue.external_inputs import PROCESSING_SECTIONS, external_inputs, read_by_processing
from launchpad.catalogue.together import FILE
from launchpad.config_files.aws_facts import partition_of
from launchpad.config_files.yaml_source import problem_at
from launchpad.images.containers import repository_name
from launchpad.images.image_lock import images_in
from launchpad.messages.errors import InvalidFileError, Problem
from launchpad.requests import Definition
from launchpad.requests.context import CONTAINER_REFERENCE
from launchpad.settings import EnvironmentSettings
from launchpad.settings.promotion import neighbours

ROLE_POLICIES = 10_240
"""The most characters of a role's inline policies together, without white space (IAM user guide, "IAM and AWS STS
quotas")."""
ENDPOINT_POLICY = 20_480
"""The most characters of a VPC endpoint's policy (AWS PrivateLink guide, "Control access using endpoint policies")."""
FUNCTION_VARIABLES = 4_096
"""The most bytes of a function's environment variables (Lambda developer guide, "Lambda quotas": 4 KB)."""
EVENT_PATTERN = 2_048
"""The most characters of a rule's event pattern (EventBridge user guide, "Amazon EventBridge quotas")."""
ROLE_ALLOWANCE = {"serving": 2_750, "training": 2_800, "processing": 3_100}
"""Each role's policies without images to pull, data to read elsewhere, and pins
(`stacks/permissions/job_permissions.py`)."""
MONITORING_ALLOWANCE = 350
"""The serving and the processing role's addition where a workload is monitored: they write requests, baselines,
reports."""
PROMOTION_ALLOWANCE = 1_900
"""The role that copies promoted models and images, without what is pinned and without the repositories."""
TRACKING_ALLOWANCE = 1_300
"""The training role's second policy, with a tracking server."""
ENDPOINT_ALLOWANCE = 1_000
EMR_ALLOWANCE = 700
"""The policy of S3's endpoint for a Spark cluster: AWS's buckets for logs and for applications' history."""
VARIABLES_ALLOWANCE = 1_200
PATTERN_ALLOWANCE = 180
"""The pattern of new data without its folders, with a bucket's longest name."""
SUBNET = "arn:aws:ec2:ap-northeast-1:123456789012:subnet/subnet-0123456789abcdef0"
_PULLED = {
    "serving": ("serving",),
    "training": ("training",),
    "processing": ("prepare", "evaluate", "serving", "monitoring"),
}
"""The sections whose images each role pulls."""
_READ = {"serving": (), "training": ("training",), "processing": PROCESSING_SECTIONS}
"""The sections whose data each role reads."""
_DIGEST = "0" * 64
"""A text as long as the tag of a container's image."""


def problems_of_size(
    settings: EnvironmentSettings, workloads: Mapping[str, Definition], containers: Iterable[str], folder: Path
) -> Iterator[Problem]:
    """Every limit that is exceeded, at the key or in the workload that adds most."""
    containers = [*containers]
    yield from _roles(settings, workloads, folder)
    yield from _promotion_role(settings, containers)
    yield from _endpoint_of_s3(settings, workloads, folder)
    yield from _new_data(workloads, folder)
    size = variables_size(settings, containers)
    if size > FUNCTION_VARIABLES:
        key = max(("tags",), ("instance_limits", "types"), key=lambda key: len(_compact(_section(settings, key))))
        message = (
            f"the functions' environment variables would have {size} bytes with the tags, the instance limits and the"
            f" containers, and Lambda allows {FUNCTION_VARIABLES}: write fewer or shorter ones"
        )
        yield problem_at(settings.source, key, message)


def pin_policy_size(settings: EnvironmentSettings) -> int:
    """The characters of the policies by which the serving role reads the pinned models."""
    return sum(len(_compact(_pin_policy(settings, number))) for number in range(len(settings.endpoints)))


def promotion_policy_size(settings: EnvironmentSettings, containers: Iterable[str], sources: Iterable[str]) -> int:
    """The characters of the promotion role's policy, at most; `sources` are the environments that promote here.

    The role that checks pins names folders and keys of the same models, and so never more.
    """
    models = [model for pinned in settings.endpoints for _, model in pinned.promotions]
    objects = {
        f"arn:{partition_of(settings.region)}:s3:::{model.bucket}/{key}" for model in models for key in model.files
    }
    named = {*objects, *(model.key for model in models), *(model.model_package for model in models)}
    owners = (settings.name, *sources)
    repositories = [repository_name(owner, name) for name in containers for owner in owners]
    return PROMOTION_ALLOWANCE + len(_compact(sorted(named))) + sum(_arn_of(settings, each) for each in repositories)


def variables_size(settings: EnvironmentSettings, containers: Iterable[str]) -> int:
    """The bytes of the environment variables of the launch function, at most."""
    registry = f"{'0' * 12}.dkr.ecr.{settings.region}.amazonaws.com"
    images = {name: f"{registry}/{repository_name(settings.name, name)}:{_DIGEST}" for name in containers}
    existing = settings.network.existing
    subnets = [SUBNET.rpartition("/")[2]] * (len(existing.subnet_ids) if existing else settings.network.zone_count)
    parts = (images, subnets, dict(settings.tags), dict(settings.instance_limits.types))
    optional = 250 * bool(settings.spark or settings.spark_serverless) + 130 * bool(settings.tracking)
    return VARIABLES_ALLOWANCE + optional + sum(len(_compact(part).encode()) for part in parts)


def role_policies_size(settings: EnvironmentSettings, workloads: Mapping[str, Definition], role: str) -> int:
    """The characters of a role's inline policies, at most; `role` is serving, training or processing."""
    subnets = len(settings.network.existing.subnet_ids) if settings.network.existing else 0
    images = {
        str(definition[section]["image"])
        for definition in workloads.values()
        for section in _PULLED[role]
        if definition.get(section)
    }
    locked = _locked(settings, role) if settings.takes_working_copies else set()
    return (
        ROLE_ALLOWANCE[role]
        + MONITORING_ALLOWANCE * (role != "training" and any(each.get("monitoring") for each in workloads.values()))
        + TRACKING_ALLOWANCE * (role == "training" and settings.tracking is not None)
        + subnets * len(f'"{SUBNET}",')
        + sum(_arn_of(settings, name) for name in {_repository(settings, image) for image in images} | locked)
        + sum(map(_reading, _read(role, workloads)))
        + (sum(map(_reading, _pinned_baselines(settings, workloads))) if role == "processing" else 0)
        + (pin_policy_size(settings) if role == "serving" else 0)
    )


def _read(role: str, workloads: Mapping[str, Definition]) -> list[str]:
    """The data outside the platform's buckets that a role reads."""
    if role == "processing":
        return read_by_processing(workloads.values())
    return external_inputs(workloads.values(), *_READ[role]) if _READ[role] else []


def _pinned_baselines(settings: EnvironmentSettings, workloads: Mapping[str, Definition]) -> Iterator[str]:
    """What the processing role reads for monitored pins: the baselines next to their artifacts, and a key's data."""
    for pinned in settings.endpoints:
        if workloads.get(pinned.workload, {}).get("monitoring"):
            yield from {f"{path.partition('/')[0]}/{pinned.workload}/baselines/" for path in pinned.model_objects}
            if pinned.model_data_key:
                yield pinned.model_data_key


def _locked(settings: EnvironmentSettings, role: str) -> set[str]:
    """The repositories of AWS's images that a working copy may use in the role's sections."""
    purposes = sorted({PURPOSES[section] for section in _PULLED[role] if section in PURPOSES})
    return {image.repository for image in images_in(settings.region, purposes)}


def _repository(settings: EnvironmentSettings, image: str) -> str:
    if CONTAINER_REFERENCE in image:
        return repository_name(settings.name, image.removeprefix(CONTAINER_REFERENCE))
    return image.partition("/")[2].partition(":")[0]


def _arn_of(settings: EnvironmentSettings, repository: str) -> int:
    """The characters of a repository's ARN in a list."""
    return len(f'"arn:{partition_of(settings.region)}:ecr:{settings.region}:123456789012:repository/{repository}",')


def _roles(settings: EnvironmentSettings, workloads: Mapping[str, Definition], folder: Path) -> Iterator[Problem]:
    for role, sections in _READ.items():
        size = role_policies_size(settings, workloads, role)
        if size > ROLE_POLICIES:
            message = f"the {role} role's policies would have {size} characters, and IAM allows {ROLE_POLICIES}: "
            if role == "serving":
                yield problem_at(settings.source, ("endpoints",), f"{message}write fewer pinned models")
            else:
                yield _most_inputs(workloads, folder, sections, f"{message}write fewer `uri`s of data elsewhere")


def _promotion_role(settings: EnvironmentSettings, containers: Iterable[str]) -> Iterator[Problem]:
    if not any(pinned.promotions for pinned in settings.endpoints):
        return  # more images than it can name are more than a function's variables hold
    try:
        sources = [source.name for source in neighbours(settings).sources]
    except InvalidFileError:  # which the check of the pins reports
        return
    size = promotion_policy_size(settings, containers, sources)
    if size > ROLE_POLICIES:
        message = (
            f"the promotion role's policy would have {size} characters, and IAM allows {ROLE_POLICIES}: write fewer"
            " promoted models, or fewer files in their baselines"
        )
        yield problem_at(settings.source, ("endpoints",), message)


def _pin_policy(settings: EnvironmentSettings, number: int) -> Mapping[str, Any]:
    pinned = settings.endpoints[number]
    statements = []
    if pinned.model_objects:
        arn = f"arn:{partition_of(settings.region)}:s3:::{pinned.model_objects}"
        statements.append({"Effect": "Allow", "Action": "s3:GetObject", "Resource": arn})
    if pinned.model_data_key:
        statements.append({"Effect": "Allow", "Action": "kms:Decrypt", "Resource": pinned.model_data_key})
    return {"Version": "2012-10-17", "Statement": statements} if statements else {}


def _endpoint_of_s3(
    settings: EnvironmentSettings, workloads: Mapping[str, Definition], folder: Path
) -> Iterator[Problem]:
    """The data that workloads read by a `uri`, and the pinned models, are in the policy of the endpoint of S3 too."""
    pinned = [endpoint.model_objects or "" for endpoint in settings.endpoints]
    paths = [*external_inputs(workloads.values()), *pinned]
    size = (
        ENDPOINT_ALLOWANCE
        + EMR_ALLOWANCE * bool(settings.spark)
        + sum(len(path) + len('"arn:aws-us-gov:s3:::*",') for path in paths)
    )
    if size > ENDPOINT_POLICY and not settings.network.existing:
        message = (
            f"the policy of the network's endpoint of S3 would have {size} characters, and EC2 allows"
            f" {ENDPOINT_POLICY}: write fewer `uri`s of data elsewhere, or fewer pinned models"
        )
        yield _most_inputs(workloads, folder, (), message)


def new_data_pattern_size(prefixes: Iterable[str]) -> int:
    """The characters of the event pattern of the folders that pipelines wait for, at most."""
    return PATTERN_ALLOWANCE + sum(len(_compact({"prefix": f"{prefix}/"})) + 1 for prefix in prefixes)


def _new_data(workloads: Mapping[str, Definition], folder: Path) -> Iterator[Problem]:
    folders = {definition["pipeline"]["on_new_data"]: name for name, definition in workloads.items()}
    folders.pop(None, None)
    size = new_data_pattern_size(folders)
    if size > EVENT_PATTERN:
        message = (
            f"the rule for new data would have a pattern of {size} characters with the folders of all workloads, and"
            f" EventBridge allows {EVENT_PATTERN}: choose shorter or fewer folders"
        )
        yield problem_at(folder / folders[max(folders, key=len)] / FILE, ("pipeline", "on_new_data"), message)


def _reading(path: str) -> int:
    """The characters of the two statements that let a role read below a path."""
    bucket, _, key = path.partition("/")
    return 170 + 2 * len(bucket) + 2 * len(key)


def _most_inputs(workloads: Mapping[str, Definition], folder: Path, sections: tuple[str, ...], message: str) -> Problem:
    """A problem in the workload that reads most from elsewhere."""
    most = max(workloads, key=lambda name: len("".join(external_inputs([workloads[name]], *sections))))
    return problem_at(folder / most / FILE, sections[:1], message)


def _section(settings: EnvironmentSettings, key: tuple[str, ...]) -> Mapping[str, Any]:
    return settings.tags if key == ("tags",) else settings.instance_limits.types


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
