"""The controls' predicates. Each takes the properties of a resource or the members of a request."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from launchpad.requests.storage import LOCAL_STORAGE
from security.controls.control import Content
from security.statements import flat

Predicate = Callable[[Content], bool]

SUPPORTED_PLATFORMS = {"notebook-al2-v3", "notebook-al2023-v1"}
"""The platforms that SageMaker.8 accepts, except those that are about to be retired."""
LONGEST_SECONDS = 28 * 24 * 3600
"""The longest maximum run time that SageMaker accepts."""
REGISTRY = re.compile(r"^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/")


def has(*members: str) -> Predicate:
    """All of these members have a value."""
    return lambda content: all(content.get(member) for member in members)


def equals(member: str, value: str) -> Predicate:
    """The member exists and equals `value`."""
    return lambda content: content.get(member) == value


def true(member: str) -> Predicate:
    """The member exists and is true."""
    return lambda content: content.get(member) is True


def everywhere(predicate: Predicate) -> Predicate:
    """The predicate holds for every definition in the request: a tuning job contains those of its training jobs."""
    return lambda content: all(predicate(definition) for definition in _definitions(content))


def in_vpc(content: Content) -> bool:
    """Subnets and security groups are named."""
    network = _network(content).get("VpcConfig") or {}
    return bool(network.get("Subnets")) and bool(network.get("SecurityGroupIds"))


def isolated(content: Content) -> bool:
    """The containers have no network access."""
    return _network(content).get("EnableNetworkIsolation") is True


def encrypted_traffic(content: Content) -> bool:
    """Traffic between the instances of one job is encrypted."""
    return _network(content).get("EnableInterContainerTrafficEncryption") is True


def volume_key(content: Content) -> bool:
    """A volume key is set if the instances have a volume that takes one; a serverless endpoint has no instances."""
    if any(_values(content, "ServerlessConfig")):
        return True
    types = list(_values(content, "InstanceType"))
    keys = [*_values(content, "VolumeKmsKeyId"), *([content["KmsKeyId"]] if "KmsKeyId" in content else [])]
    return bool(keys) or (bool(types) and all(LOCAL_STORAGE.match(kind) for kind in types))


def output_key(content: Content) -> bool:
    """A key is set for each S3 location that the job writes to; a processing job may have no outputs."""
    if "AppSpecification" in content and "ProcessingOutputConfig" not in content:
        return True
    configs = [
        content[name] for name in ("OutputDataConfig", "ProcessingOutputConfig", "TransformOutput") if name in content
    ]
    return bool(configs) and all(config.get("KmsKeyId") for config in configs)


def capture_key(content: Content) -> bool:
    """A key is set for what an endpoint captures of requests and answers, where it does."""
    return all(capture.get("KmsKeyId") for capture in _values(content, "DataCaptureConfig"))


def answer_key(content: Content) -> bool:
    """A key is set for what an asynchronous endpoint writes; any other endpoint writes nothing."""
    outputs = list(_values(content, "OutputConfig"))
    return all(output.get("KmsKeyId") for output in outputs)


def bounded_time(content: Content) -> bool:
    """A maximum run time is set, below SageMaker's own limit."""
    seconds = content.get("StoppingCondition", {}).get("MaxRuntimeInSeconds")
    return isinstance(seconds, int) and 0 < seconds < LONGEST_SECONDS


def bounded_tuning(content: Content) -> bool:
    """The number of jobs is limited, in total and in parallel; a grid defines its own total."""
    config = content["HyperParameterTuningJobConfig"]
    limits = config["ResourceLimits"]
    return "MaxParallelTrainingJobs" in limits and ("MaxNumberOfTrainingJobs" in limits or config["Strategy"] == "Grid")


def spot_with_checkpoints(content: Content) -> bool:
    """A spot job has checkpoints and a maximum wait; an on-demand job always passes."""
    if not content.get("EnableManagedSpotTraining"):
        return True
    return "CheckpointConfig" in content and "MaxWaitTimeInSeconds" in content["StoppingCondition"]


def tagged(content: Content) -> bool:
    """The tags that budgets and clean-up rely on are set."""
    keys = {tag["Key"] for tag in content.get("Tags", ())}
    return {"launchpad:environment", "launchpad:workload"} <= keys


def several_instances(content: Content) -> bool:
    """Each variant has more than one instance."""
    return all(variant["InitialInstanceCount"] > 1 for variant in content["ProductionVariants"])


def private_images(content: Content) -> bool:
    """Images come from Amazon ECR, which the VPC has endpoints for; a model package has its registered image."""
    containers = [content["PrimaryContainer"]] if "PrimaryContainer" in content else content.get("Containers", [])
    images = [flat(container["Image"]) for container in containers if "Image" in container]
    packaged = [container for container in containers if "ModelPackageName" in container]
    return len(images) + len(packaged) == len(containers) > 0 and all(REGISTRY.match(image) for image in images)


def supported_platform(content: Content) -> bool:
    """The platform identifier, a notebook's operating system, is a supported one."""
    return content.get("PlatformIdentifier") in SUPPORTED_PLATFORMS


def imds_v2(content: Content) -> bool:
    """Version 2 of the instance metadata service is required: version 1 answers any request, forged ones too."""
    service = content.get("InstanceMetadataServiceConfiguration", {})
    return bool(service.get("MinimumInstanceMetadataServiceVersion") == "2")


def rolls_back(content: Content) -> bool:
    """Whether at least one alarm rolls an update back."""
    return bool(content.get("DeploymentConfig", {}).get("AutoRollbackConfiguration", {}).get("Alarms"))


def private_domain(content: Content) -> bool:
    """Studio's traffic stays in the VPC, and its storage has a KMS key."""
    return content.get("AppNetworkAccessType") == "VpcOnly" and bool(content.get("KmsKeyId"))


def encrypted_cluster(content: Content) -> bool:
    """EMR's security configuration covers S3, local disks, traffic and the metadata service."""
    config = content["SecurityConfiguration"]
    encryption = config["EncryptionConfiguration"]
    rest = encryption.get("AtRestEncryptionConfiguration", {})
    return (
        encryption.get("EnableAtRestEncryption") is True
        and encryption.get("EnableInTransitEncryption") is True
        and {"S3EncryptionConfiguration", "LocalDiskEncryptionConfiguration"} <= rest.keys()
        and config.get("InstanceMetadataServiceConfiguration", {}).get("MinimumInstanceMetadataServiceVersion") == 2
    )


def one_subject(content: Content) -> bool:
    """Each statement for web identities asks for an audience and a subject, without a pattern in either."""
    for statement in content["AssumeRolePolicyDocument"]["Statement"]:
        if statement["Action"] != "sts:AssumeRoleWithWebIdentity":
            continue
        condition = statement.get("Condition", {})
        claims = {key.rpartition(":")[2]: value for key, value in condition.get("StringEquals", {}).items()}
        if set(condition) != {"StringEquals"} or not {"aud", "sub"} <= set(claims):
            return False
        if any(not isinstance(value, str) or "*" in value for value in claims.values()):
            return False
    return True


def _definitions(content: Content) -> list[Content]:
    inner = [*content.get("TrainingJobDefinitions", ())]
    inner += [content["TrainingJobDefinition"]] if "TrainingJobDefinition" in content else []
    return inner or [content]


def _network(content: Content) -> Content:
    """The network settings: a processing job has them in one member, other requests at the top level."""
    network: Content = content.get("NetworkConfig", content)
    return network


def _values(value: Any, member: str) -> Iterator[Any]:
    """The values of a member, at any depth."""
    if isinstance(value, dict):
        for name, item in value.items():
            if name == member:
                yield item
            else:
                yield from _values(item, member)
    elif isinstance(value, list):
        for item in value:
            yield from _values(item, member)
