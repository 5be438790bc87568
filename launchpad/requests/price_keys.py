"""The keys of price lists that jobs are charged by: service and usage type of AWS's Price List, without its region."""

from __future__ import annotations

SAGEMAKER, EMR = "AmazonSageMaker", "ElasticMapReduce"
TRAIN, PROCESSING, TRANSFORM, WARM_POOL = "Train", "Processing", "Tsform", "WarmPool"
"""Uses of an instance that SageMaker bills separately, as in usage types."""
SERVERLESS_SPARK = {"vCPUHour": "vCPU-Hours", "memoryGBHour": "GB-Hours", "storageGBHour": "Storage-GB-Hours"}
"""The members of EMR Serverless's `billedResourceUtilization` to the units of their prices (`serverless_spark_key`)."""
HOURS = 730
"""The hours of a month, as AWS's own examples count them."""


def instance_key(use: str, instance_type: str) -> str:
    """The key of one use of a SageMaker instance, such as `AmazonSageMaker/Host:ml.m5.large`."""
    return f"{SAGEMAKER}/{use}:{instance_type}"


def serverless_spark_key(unit: str, architecture: str | None = None) -> str:
    """The key of a unit of EMR Serverless: AWS has other prices of vCPUs and memory for ARM64 than for X86_64."""
    arm = "ARM-" if architecture == "ARM64" and not unit.startswith("Storage") else ""
    return f"{EMR}/Serverless:{arm}{unit}"


def volume_key(use: str) -> str:
    """The key of a use's ML storage (GB-month)."""
    return f"{SAGEMAKER}/{use}:VolumeUsage.gp2"
