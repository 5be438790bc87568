"""The keys of price lists: which uses of an instance SageMaker bills separately, and how each is found in AWS's lists.

Usage types are those of AWS's Price List and of invoices. Where none could be confirmed, the key is this project's own
name (`OWN_NAMES`): `launchpad prices update` leaves such a price as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from launchpad.requests import Definition
from launchpad.requests.price_keys import EMR as EMR
from launchpad.requests.price_keys import PROCESSING as PROCESSING
from launchpad.requests.price_keys import SAGEMAKER as SAGEMAKER
from launchpad.requests.price_keys import TRAIN as TRAIN
from launchpad.requests.price_keys import TRANSFORM as TRANSFORM
from launchpad.requests.price_keys import WARM_POOL as WARM_POOL
from launchpad.requests.price_keys import instance_key as instance_key
from launchpad.requests.price_keys import volume_key as volume_key
from launchpad.settings import EnvironmentSettings

HOST, NOTEBOOK, ASYNC = "Host", "Notebk", "AsyncInf"
COMPONENTS = {
    HOST: "Hosting",
    TRAIN: "Training",
    PROCESSING: "Processing",
    NOTEBOOK: "Notebook",
    TRANSFORM: "Batch Transform",
}
"""The uses of an instance, as in usage types, to the attribute `component` of their products."""
STANDARD = (
    "AmazonCloudWatch/CW:AlarmMonitorUsage",
    "AmazonCloudWatch/CW:MetricMonitorUsage",
    "AmazonCloudWatch/DashboardsUsageHour",
    "AmazonCloudWatch/DataProcessing-Bytes",
    "AmazonCloudWatch/TimedStorage-ByteHrs",
    "AmazonCloudWatch/VendedLog-Bytes",
    "AmazonEC2/EBS:VolumeUsage.gp3",
    "AmazonEC2/NatGateway-Bytes",
    "AmazonEC2/NatGateway-Hours",
    "AmazonECR/TimedStorage-ByteHrs",
    "AmazonEFS/TimedStorage-ByteHrs",
    "AmazonS3/Requests-Tier1",
    "AmazonS3/Requests-Tier2",
    "AmazonS3/TimedStorage-ByteHrs",
    "AmazonSNS/Requests-Tier1",
    "AmazonStates/StateTransition",
    "AmazonVPC/PublicIPv4:InUseAddress",
    "AmazonVPC/VpcEndpoint-Bytes",
    "AmazonVPC/VpcEndpoint-Hours",
    "AWSLambda/Lambda-GB-Second",
    "AWSLambda/Request",
    "AWSQueueService/Requests-Tier1",
    "awskms/KMS-Keys",
    "awskms/KMS-Requests",
    f"{SAGEMAKER}/Data-Bytes-In",
    f"{SAGEMAKER}/Data-Bytes-Out",
    *(f"{SAGEMAKER}/ServerlessInf:Mem-{size}GB" for size in range(1, 7)),
    *map(volume_key, (HOST, NOTEBOOK, PROCESSING, TRAIN)),
)
"""The keys that every environment may need, whatever its instances."""
GLOBAL = ("AmazonCloudWatch/DashboardsUsageHour",)
"""Products that AWS lists for no region (location "Any")."""
OWN_NAMES = (
    f"{SAGEMAKER}/MlflowApp",
    f"{SAGEMAKER}/MlflowTrackingServer",
    f"{SAGEMAKER}/Studio:",
    f"{SAGEMAKER}/{WARM_POOL}:",
    "AWSCloudTrail/",
    "AWSEvents/ScheduledInvocation",
    f"{EMR}/Serverless:",
)
"""The beginnings of keys whose usage type at AWS could not be confirmed."""
EC2_AND_EMR = ("AmazonEC2", EMR)
"""Both charge for each instance of a cluster."""
OPERATIONS = {"AmazonEC2/BoxUsage": "RunInstances"}
"""The operation of a usage type that several products have: this one is Linux without other software."""
_PREFIX = re.compile(r"^[A-Z]{2,4}\d?-(?=.)")
_INSTANCE = re.compile(r"\bml\.[a-z0-9-]+\.[a-z0-9-]+")


def plain_usage(usage_type: str, region: str) -> str:
    """A usage type without its prefix for the region: `EU-Host:ml.m5.large`, `eu-west-1-KMS-Keys`."""
    if usage_type.startswith(f"{region}-"):
        return usage_type.removeprefix(f"{region}-")
    return _PREFIX.sub("", usage_type)


def fits(key: str, usage_type: str, operation: str, region: str) -> bool:
    """Whether a product with this usage type and operation is what a key names."""
    expected = OPERATIONS.get(key.partition(":")[0], operation)
    return plain_usage(usage_type, region) == key.partition("/")[2] and operation == expected


def needed_keys(settings: EnvironmentSettings, workloads: Iterable[Definition]) -> set[str]:
    """The keys that an environment may need: the standard ones, and each use of every instance type it names."""
    text = " ".join([settings.model_dump_json(), *(str(definition) for definition in workloads)])
    uses = (*COMPONENTS, ASYNC)
    instances = {instance_key(use, name) for name in set(_INSTANCE.findall(text)) for use in uses}
    spark = settings.spark
    nodes = {spark.primary_instance_type, spark.core_instance_type} if spark else set()
    return {*STANDARD, *instances, *(f"{service}/BoxUsage:{name}" for service in EC2_AND_EMR for name in nodes)}


def is_own_name(key: str) -> bool:
    """Whether the key is no usage type of AWS."""
    return key.startswith(OWN_NAMES)
