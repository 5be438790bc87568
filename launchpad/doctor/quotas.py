"""AWS's quotas: instances as `launchpad preflight` counts them, VPCs, addresses, and resource policies of logs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from launchpad.catalogue.pinned_endpoints import load_pins
from launchpad.doctor.check import Check, Finding, Status, ok, problem
from launchpad.doctor.deployment import Deployment
from launchpad.doctor.stack_states import describe
from launchpad.platform_client.platform import stack_name
from launchpad.quotas.comparison import Finding as QuotaFinding
from launchpad.quotas.comparison import instance_findings
from launchpad.quotas.demand import Demand
from launchpad.quotas.instance_usage import ENDPOINT, NOTEBOOK, most_of_endpoint
from launchpad.requests.variants import instance_count

LOG_POLICIES = 10
"""Resource policies of CloudWatch Logs in a region ("CloudWatch Logs quotas"); AWS raises it for no account."""


@dataclass(frozen=True)
class CountedQuota:
    """A quota of EC2 on what an account has at once."""

    type: str
    """The CloudFormation type that one more of is created."""
    service: str
    code: str
    default: int
    noun: str
    count: Callable[[Any], int]


COUNTED = (
    CountedQuota("AWS::EC2::VPC", "vpc", "L-F678F1CE", 5, "VPCs", lambda ec2: len(ec2.describe_vpcs()["Vpcs"])),
    CountedQuota(
        "AWS::EC2::EIP",
        "ec2",
        "L-0263D0A3",
        5,
        "Elastic IP addresses",
        lambda ec2: len(ec2.describe_addresses()["Addresses"]),
    ),
)
"""The codes in Service Quotas: "VPCs per Region", "EC2-VPC Elastic IPs"."""


def checks() -> list[Check]:
    """All checks of this group."""
    return [
        Check("quotas", "instances", instances),
        Check("quotas", "network", network),
        Check("quotas", "log policies", log_policies),
    ]


def instances(deployment: Deployment) -> Iterable[Finding]:
    """Compare what can run at once with Service Quotas; only what the deploy itself starts is a problem."""
    findings = instance_findings(deployment.settings, deployment.client("service-quotas"))
    short = [finding for finding in findings if finding.short]
    for finding in short:
        yield _short(finding, deployment)
    if not short:
        yield ok(f"{len(findings)} are enough" if findings else "no instances are asked for")


def network(deployment: Deployment) -> Iterable[Finding]:
    """Count what the account has of each kind that the network stack creates, unless that stack exists."""
    assembly = deployment.assembly
    planned = [quota for quota in COUNTED if assembly and any(assembly.resources(quota.type))]
    if not planned or describe(deployment, stack_name(deployment.settings.name, "network")):
        yield ok("no further VPC or address is created")
        return
    for quota in planned:
        count, limit = quota.count(deployment.client("ec2")), _limit(deployment, quota)
        text = f"{count} of {limit:g} {quota.noun} are in use"
        if count < limit:
            yield ok(text)
        else:
            remedy = f"delete one, or raise quota {quota.code} of {quota.service} (Service Quotas)"
            yield problem(f"{text}, and one more is needed", remedy)


def log_policies(deployment: Deployment) -> Iterable[Finding]:
    """Count the resource policies of CloudWatch Logs: each environment has one."""
    assembly = deployment.assembly
    names = [
        resource["Properties"]["PolicyName"]
        for _, _, resource in (assembly.resources("AWS::Logs::ResourcePolicy") if assembly else ())
    ]
    policies = deployment.client("logs").describe_resource_policies()["resourcePolicies"]
    others = {policy["policyName"] for policy in policies} - {*names}
    text = f"{len(others)} of {LOG_POLICIES} are other applications'"
    if len(others) + len(names) > LOG_POLICIES:
        yield problem(text, "remove one: `aws logs delete-resource-policy --policy-name NAME`")
    else:
        yield ok(text)


def _limit(deployment: Deployment, quota: CountedQuota) -> float:
    """The account's value, or AWS's default where Service Quotas doesn't know it."""
    try:
        response = deployment.client("service-quotas").get_service_quota(
            ServiceCode=quota.service, QuotaCode=quota.code
        )
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchResourceException":
            return quota.default
        raise
    return float(response["Quota"]["Value"])


def _short(finding: QuotaFinding, deployment: Deployment) -> Finding:
    demand = finding.demand
    allowed = finding.quota.value if finding.quota else 0
    text = f"{demand.quota}: {demand.count} needed, {allowed:g} allowed"
    remedy = f"`launchpad preflight {deployment.command} --request`" if finding.can_be_requested else finding.verdict
    started = _started(demand, deployment)
    return Finding(Status.PROBLEM if started > allowed else Status.WARNING, text, remedy)


def _started(demand: Demand, deployment: Deployment) -> int:
    """How many of the instances the deploy itself starts. Jobs come later, and an update's second fleet too."""
    if demand.usage == NOTEBOOK:
        return demand.count
    if demand.usage != ENDPOINT:
        return 0
    counts = [
        instance_count(pin.definition["serving"]) * pin.fleets
        for pin in load_pins(deployment.settings)
        if demand.instance_type in [name for name, _ in most_of_endpoint(pin.definition["serving"])]
    ]
    return sum(counts)
