"""What AWS's services refuse of a template's resources, and ministack's resource types accept.

Each check has the service's message; the ranges and grammars are those of the service's own user guide.
"""

from __future__ import annotations

import ipaddress
import json
import re
import time
from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import ec2, ecr, s3
from ministack.services.cloudformation import provisioners

from local_aws.api.errors import AwsError
from local_aws.cloudformation.resource_type import Properties
from local_aws.front.document_limits import lifecycle_problem
from local_aws.front.message_limits import EMAIL
from local_aws.front.state_definitions import definition_problem, name_problem
from local_aws.ministack.bucket_rules import policy_problem
from local_aws.ministack.event_rules import of_a_template
from local_aws.ministack.functions import function_problem, source_problem
from local_aws.ministack.managed_policies import missing_policy
from local_aws.ministack.policy_documents import template_problem
from local_aws.ministack.schedules import check_schedule, is_for_a_rule
from local_aws.ministack.scope import current_scope

Check = Callable[[Properties], None]
OF_STACKS = "aws:cloudformation:"
"""The prefix of the tags that CloudFormation adds to the resources of its stacks."""

UNUSABLE = [ipaddress.ip_network(block) for block in ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4")]
"""Loopback, link-local and multicast addresses: no VPC has them ("VPC CIDR blocks", VPC user guide)."""
PREFIX_LENGTHS = range(16, 29)
ZONES = "abc"
"""The zones of every region here, as in DescribeAvailabilityZones."""
WITHOUT_MILLISECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ?", re.ASCII)
"""Dates that EventBridge Scheduler takes, and CloudFormation does not (measured against AWS)."""
SERVERLESS_RELEASE = re.compile(r"emr-(6\.([6-9]|1[0-5])|7\.([0-9]|1[0-2]))\.\d")
"""EMR Serverless's releases ("Amazon EMR Serverless release versions"): 6.6 to 6.15, and 7.0 to 7.12."""


def refuse(type_name: str, properties: Properties) -> None:
    """Raise `ValueError` with the service's message if it would not create or update the resource."""
    _check_tags(properties)
    if type_name.startswith("AWS::IAM::") and (message := template_problem(type_name, properties)):
        raise _handler(message, "InvalidRequest")
    if type_name in CHECKS:
        CHECKS[type_name](properties)


def refuse_existing(type_name: str, properties: Properties) -> None:
    """Raise `ValueError` if the name of a new resource is taken."""
    name = properties.get("RepositoryName")
    if type_name == "AWS::ECR::Repository" and name in ecr._repositories:
        raise _handler(f"Resource of type '{type_name}' with identifier '{name}' already exists.", "AlreadyExists")


def delete_empty_bucket(inner: Callable[[str, Properties], None]) -> Callable[[str, Properties], None]:
    """A bucket is deleted only when it holds no object and no version, by a stack too."""

    def delete(physical_id: str, properties: Properties) -> None:
        bucket = s3._buckets.get(physical_id)
        if bucket and (bucket["objects"] or s3._bucket_has_versions(physical_id)):
            message = "The bucket you tried to delete is not empty (Service: S3, Status Code: 409)"
            raise _handler(message, "GeneralServiceException")
        inner(physical_id, properties)

    return delete


def _check_tags(properties: Properties) -> None:
    tags = properties.get("Tags") or ()
    keys = tags if isinstance(tags, dict) else [tag.get("Key") for tag in tags if isinstance(tag, dict)]
    for key in keys:
        if str(key).lower().startswith("aws:") and not str(key).startswith(OF_STACKS):
            raise _handler("aws: prefixed tag key names are not allowed for external use.", "InvalidRequest")


def marking_reserved_tags(inner: Callable[..., Properties]) -> Callable[..., Properties]:
    """Rename a template's own tags that look like those that CloudFormation adds, so that `refuse` tells them apart."""

    def with_stack_tags(type_name: str, properties: Properties, *rest: Any) -> Properties:
        member, _ = provisioners._STACK_TAG_PROPERTY.get(type_name, ("", ""))
        own = properties.get(member)
        if isinstance(own, dict):
            properties = {**properties, member: {_marked(key): value for key, value in own.items()}}
        elif isinstance(own, list):
            tags = [
                {**tag, "Key": _marked(tag["Key"])} if "Key" in tag else tag for tag in own if isinstance(tag, dict)
            ]
            properties = {**properties, member: tags}
        return inner(type_name, properties, *rest)

    return with_stack_tags


def _marked(key: Any) -> Any:
    return f"aws:template:{key}" if str(key).lower().startswith(OF_STACKS) else key


def _check_vpc(properties: Properties) -> None:
    block = properties.get("CidrBlock")
    if block is None:
        return
    try:
        network = ipaddress.ip_network(block, strict=False)
    except ValueError:
        raise _handler(f"Value ({block}) for parameter cidrBlock is invalid.", "InvalidRequest") from None
    if network.prefixlen not in PREFIX_LENGTHS or any(network.overlaps(unusable) for unusable in UNUSABLE):
        raise _handler(f"The CIDR '{block}' is invalid.", "InvalidRequest")


def _check_in_vpc(properties: Properties) -> None:
    ec2._ensure_defaults_initialized()
    vpc = properties.get("VpcId")
    if vpc is not None and vpc not in ec2._vpcs:
        raise _handler(f"The vpc ID '{vpc}' does not exist", "NotFound")


def _check_subnet(properties: Properties) -> None:
    _check_in_vpc(properties)
    zones = [f"{current_scope().region}{letter}" for letter in ZONES]
    zone = properties.get("AvailabilityZone")
    if zone is not None and zone not in zones:
        raise _handler(
            f"Value ({zone}) for parameter availabilityZone is invalid. Subnets can currently only be created in the "
            f"following availability zones: {', '.join(zones)}.",
            "InvalidRequest",
        )


def _check_subscriptions(properties: Properties) -> None:
    subscriptions = properties.get("Subscription") or [properties]
    for subscription in subscriptions:
        email = subscription.get("Protocol") in ("email", "email-json")
        if email and not EMAIL.fullmatch(str(subscription.get("Endpoint"))):
            raise _handler("Invalid parameter: Email address", "InvalidRequest")


def _check_schedule(properties: Properties) -> None:
    for name in ("StartDate", "EndDate"):
        if WITHOUT_MILLISECONDS.fullmatch(str(properties.get(name))):
            words = f"Invalid request provided: {name} needs to follow the format yyyy-MM-ddTHH:mm:ss.SSSZ"
            raise _handler(words, "InvalidRequest")
    try:
        check_schedule(properties, time.time())
    except ValueError as error:
        raise _handler(str(error), "InvalidRequest") from None


def _check_rule(properties: Properties) -> None:
    expression = properties.get("ScheduleExpression")
    if expression and not is_for_a_rule(str(expression)):
        raise _handler("Parameter ScheduleExpression is not valid.", "InvalidRequest")
    if message := of_a_template(properties):
        raise _handler(message, "InvalidRequest")


def _check_application(properties: Properties) -> None:
    release = properties.get("ReleaseLabel")
    if not SERVERLESS_RELEASE.fullmatch(str(release)):
        raise _handler(f"Invalid release label {release}.", "InvalidRequest")
    for subnet in (properties.get("NetworkConfiguration") or {}).get("SubnetIds", ()):
        if subnet not in ec2._subnets:
            raise _handler(f"The subnet ID '{subnet}' does not exist", "InvalidRequest")


def _handler(message: str, code: str) -> ValueError:
    return ValueError(f'Resource handler returned message: "{message}" (HandlerErrorCode: {code})')


def _check_policies(properties: Properties) -> None:
    for arn in properties.get("ManagedPolicyArns") or ():
        if message := missing_policy(str(arn)):
            raise _handler(f"{message} (Service: Iam, Status Code: 404)", "NotFound")
    boundary = properties.get("PermissionsBoundary")
    if boundary and missing_policy(str(boundary)):
        message = f"Scope ARN: {boundary} does not exist or is not attachable. (Service: Iam, Status Code: 404)"
        raise _handler(message, "NotFound")


def _check_function(properties: Properties) -> None:
    try:
        message = function_problem(properties)
    except AwsError as error:
        message = error.message
    if message:
        raise _handler(f"{message} (Service: Lambda, Status Code: 400)", "InvalidRequest")


def _check_event_source(properties: Properties) -> None:
    if message := source_problem(properties):
        message = f"Invalid request provided: {message} (Service: Lambda, Status Code: 400)"
        raise _handler(message, "InvalidRequest")


def _check_repository(properties: Properties) -> None:
    text = (properties.get("LifecyclePolicy") or {}).get("LifecyclePolicyText")
    if text and (problem := lifecycle_problem(str(text))):
        raise _handler(f"Lifecycle policy validation failure: {problem}", "InvalidRequest")


def _check_bucket_policy(properties: Properties) -> None:
    document = properties.get("PolicyDocument") or {}
    text = document if isinstance(document, str) else json.dumps(document)
    if message := policy_problem(str(properties.get("Bucket")), text):
        raise _handler(f"{message} (Service: S3, Status Code: 400)", "InvalidRequest")


def _check_state_machine(properties: Properties) -> None:
    name = str(properties.get("StateMachineName") or "")
    message = name_problem(name) or definition_problem(provisioners._sfn_definition(properties))
    if message:
        raise _handler(f"{message} (Service: Sfn, Status Code: 400)", "InvalidRequest")


CHECKS: Mapping[str, Check] = {
    "AWS::IAM::Role": _check_policies,
    "AWS::IAM::User": _check_policies,
    "AWS::IAM::Group": _check_policies,
    "AWS::ECR::Repository": _check_repository,
    "AWS::S3::BucketPolicy": _check_bucket_policy,
    "AWS::Lambda::Function": _check_function,
    "AWS::Lambda::EventSourceMapping": _check_event_source,
    "AWS::EC2::VPC": _check_vpc,
    "AWS::EC2::SecurityGroup": _check_in_vpc,
    "AWS::EC2::Subnet": _check_subnet,
    "AWS::SNS::Topic": _check_subscriptions,
    "AWS::SNS::Subscription": _check_subscriptions,
    "AWS::Events::Rule": _check_rule,
    "AWS::Scheduler::Schedule": _check_schedule,
    "AWS::StepFunctions::StateMachine": _check_state_machine,
    "AWS::EMRServerless::Application": _check_application,
}
