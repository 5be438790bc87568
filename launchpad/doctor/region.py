"""Whether the region and its zones have what the config asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from launchpad.config_files.aws_facts import partition_of
from launchpad.doctor.check import Check, Finding, ok, problem, unknown, warning
from launchpad.doctor.deployment import Deployment
from launchpad.settings.network import ExistingNetwork

ALWAYS = ("sagemaker", "stepfunctions", "lambda", "ecr", "kms", "events", "scheduler")
EMR_CLUSTERS, EMR_SERVERLESS = "emr", "emr-serverless"
"""Services by botocore's names."""


def checks() -> list[Check]:
    """All checks of this group."""
    return [
        Check("region", "services", services, asks_aws=False),
        Check("region", "zones", zones),
        Check("region", "EMR release", releases),
        Check("region", "EMR instances", emr_instances),
    ]


def services(deployment: Deployment) -> Iterable[Finding]:
    """Look each service up in botocore's list of endpoints, without a call."""
    import boto3

    settings, session = deployment.settings, boto3.Session()
    needed = [*ALWAYS, *([EMR_CLUSTERS] if settings.spark else []), *_serverless(deployment)]
    partition = partition_of(settings.region)
    missing = [
        service
        for service in needed
        if settings.region not in session.get_available_regions(service, partition_name=partition)
    ]
    if missing:
        text = f"botocore knows no endpoint in {settings.region} of {', '.join(missing)}"
        yield warning(text, "choose another region, or see AWS's list of services by region")
    else:
        yield ok(f"{settings.region} has {', '.join(needed)}")


def zones(deployment: Deployment) -> Iterable[Finding]:
    """Compare the account's zones with the config's (EC2 DescribeAvailabilityZones), or look at an existing VPC."""
    network = deployment.settings.network
    if network.existing:
        yield from _existing(deployment, network.existing)
        return
    described = deployment.client("ec2").describe_availability_zones(
        Filters=[{"Name": "zone-type", "Values": ["availability-zone"]}]
    )["AvailabilityZones"]
    available = [zone["ZoneName"] for zone in described if zone["State"] == "available"]
    missing = sorted({*(network.zones or ())} - {*available})
    if missing:
        text = f"this account has no zone {', '.join(missing)}; it has {', '.join(available)}"
        yield problem(text, "name others under `network: {zones: [...]}`")
    elif len(available) < network.zone_count:
        text = f"{network.zone_count} are configured, but this account has {', '.join(available) or 'none'}"
        yield problem(text, "write a lower `network: {availability_zones: ...}`, or choose another region")
    else:
        yield ok(", ".join(network.zones or available[: network.zone_count]))


def releases(deployment: Deployment) -> Iterable[Finding]:
    """Ask EMR for the configured releases (ListReleaseLabels); EMR Serverless has those of EMR."""
    configured = {each.release for each in (deployment.settings.spark, deployment.settings.spark_serverless) if each}
    if not configured:
        return
    client = deployment.client("emr")
    for release in sorted(configured):
        labels = client.list_release_labels(Filters={"Prefix": release})["ReleaseLabels"]
        if release in labels:
            yield ok(f"{release} is offered")
        else:
            yield problem(f"EMR has no release {release} here", "write one of `aws emr list-release-labels`")


def emr_instances(deployment: Deployment) -> Iterable[Finding]:
    """Ask EC2 which of the cluster's instance types the region offers (DescribeInstanceTypeOfferings)."""
    spark = deployment.settings.spark
    if not spark:
        return
    types = sorted({spark.primary_instance_type, spark.core_instance_type})
    offerings = deployment.client("ec2").describe_instance_type_offerings(
        LocationType="region", Filters=[{"Name": "instance-type", "Values": types}]
    )["InstanceTypeOfferings"]
    missing = sorted({*types} - {offering["InstanceType"] for offering in offerings})
    if missing:
        text = f"{deployment.settings.region} doesn't offer {', '.join(missing)}"
        yield problem(text, "choose other types under `spark`")
    else:
        yield ok(", ".join(types))


def _serverless(deployment: Deployment) -> list[str]:
    return [EMR_SERVERLESS] if deployment.settings.spark_serverless else []


def _existing(deployment: Deployment, network: ExistingNetwork) -> Iterable[Finding]:
    try:
        subnets: list[Mapping[str, Any]] = deployment.client("ec2").describe_subnets(SubnetIds=[*network.subnet_ids])[
            "Subnets"
        ]
    except ClientError as error:
        if not error.response["Error"]["Code"].startswith("InvalidSubnet"):
            raise
        yield problem(error.response["Error"]["Message"], "fix `network: {existing: {subnet_ids: [...]}}`")
        return
    elsewhere = [subnet["SubnetId"] for subnet in subnets if subnet["VpcId"] != network.vpc_id]
    names = sorted({subnet["AvailabilityZone"] for subnet in subnets})
    if elsewhere:
        yield problem(f"{', '.join(elsewhere)} is not in {network.vpc_id}", "name subnets of that VPC")
    elif len(names) == 1:
        yield problem(f"all subnets are in {names[0]}", "name subnets of at least two zones")
    elif names:
        yield ok(f"{network.vpc_id}, in {', '.join(names)}")
    else:
        yield unknown("EC2 described none of the subnets")
