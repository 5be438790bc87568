"""What each type of resource that the stacks can make is charged for, by its properties.

A type in no table here has no rule: `test_every_resource_type_has_a_rule` fails for it, and `launchpad cost` names it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from launchpad.costs.charge import Charge, fixed, hourly, usage
from launchpad.costs.endpoint_rules import endpoint, notebook, scaling_policy, tracking_server
from launchpad.costs.spark_rules import cluster, serverless_application

Properties = Mapping[str, Any]
Rule = Callable[[Properties, Mapping[str, Any]], Iterable[Charge]]
"""A function from a resource's properties, and all resources of its stack, to its charges."""

FREE = frozenset(
    {
        "AWS::ApplicationAutoScaling::ScalableTarget",
        "AWS::Budgets::Budget",  # one without actions
        "AWS::CDK::Metadata",
        "AWS::CE::AnomalyMonitor",
        "AWS::CE::AnomalySubscription",  # its SNS messages are the topic's
        "AWS::EC2::InternetGateway",
        "AWS::EC2::Route",
        "AWS::EC2::RouteTable",
        "AWS::EC2::SecurityGroup",
        "AWS::EC2::SecurityGroupEgress",
        "AWS::EC2::SecurityGroupIngress",
        "AWS::EC2::Subnet",
        "AWS::EC2::SubnetRouteTableAssociation",
        "AWS::EC2::VPC",
        "AWS::EC2::VPCGatewayAttachment",
        "AWS::EMR::SecurityConfiguration",
        "AWS::EMR::Studio",
        "AWS::Events::Rule",  # events of AWS's services
        "AWS::IAM::InstanceProfile",
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::OIDCProvider",
        "AWS::IAM::Policy",
        "AWS::IAM::Role",
        "AWS::Lambda::EventInvokeConfig",
        "AWS::Lambda::Permission",
        "AWS::Logs::ResourcePolicy",
        "AWS::S3::BucketPolicy",
        "AWS::SNS::Subscription",
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::QueuePolicy",
        "AWS::SSM::Parameter",  # a standard one
        "AWS::SageMaker::CodeRepository",
        "AWS::SageMaker::EndpointConfig",  # counted with its endpoint
        "AWS::SageMaker::Model",
        "AWS::SageMaker::NotebookInstanceLifecycleConfig",
    }
)
"""Types that AWS doesn't charge for."""
BY_USE: Mapping[str, tuple[tuple[str, str], ...]] = {
    "AWS::CloudTrail::Trail": (("recorded events, in 100,000s", "AWSCloudTrail/DataEventsRecorded"),),
    "AWS::EC2::FlowLog": (("GB of flow logs", "AmazonCloudWatch/VendedLog-Bytes"),),
    "AWS::ECR::Repository": (("GB of images", "AmazonECR/TimedStorage-ByteHrs"),),
    "AWS::Lambda::Function": (
        ("GB-seconds of runs", "AWSLambda/Lambda-GB-Second"),
        ("invocations", "AWSLambda/Request"),
    ),
    "AWS::Logs::LogGroup": (
        ("GB written", "AmazonCloudWatch/DataProcessing-Bytes"),
        ("GB kept", "AmazonCloudWatch/TimedStorage-ByteHrs"),
    ),
    "AWS::Logs::MetricFilter": (
        ("a metric, in hours in which it has values", "AmazonCloudWatch/CW:MetricMonitorUsage"),
    ),
    "AWS::S3::Bucket": (
        ("GB kept", "AmazonS3/TimedStorage-ByteHrs"),
        ("writing requests", "AmazonS3/Requests-Tier1"),
        ("reading requests", "AmazonS3/Requests-Tier2"),
    ),
    "AWS::SNS::Topic": (("messages", "AmazonSNS/Requests-Tier1"),),
    "AWS::SQS::Queue": (("requests", "AWSQueueService/Requests-Tier1"),),
    "AWS::SageMaker::Domain": (("GB of home folders (EFS)", "AmazonEFS/TimedStorage-ByteHrs"),),
    "AWS::SageMaker::MlflowApp": (
        ("the serverless MLflow App, which has no price per hour", "AmazonSageMaker/MlflowApp"),
    ),
    "AWS::SageMaker::UserProfile": (("hours of Studio applications", "AmazonSageMaker/Studio:Applications"),),
    "AWS::Scheduler::Schedule": (("invocations", "AWSEvents/ScheduledInvocation"),),
    "AWS::StepFunctions::StateMachine": (("state transitions", "AmazonStates/StateTransition"),),
}
"""Types that are charged by use alone: what is counted, and the key of its price."""


def _interface_endpoint(properties: Properties, _others: Mapping[str, Any]) -> Iterable[Charge]:
    """An interface endpoint in each of its zones; a gateway endpoint is free."""
    if properties.get("VpcEndpointType", "Gateway") == "Gateway":
        return
    zones = len(properties.get("SubnetIds", ()))
    service = str(properties.get("ServiceName", "")).rpartition("amazonaws.")[2].partition(".")[2] or "an endpoint"
    yield hourly(f"interface endpoint {service}, zones: {zones}", "AmazonVPC/VpcEndpoint-Hours", zones)
    yield usage("GB through it", "AmazonVPC/VpcEndpoint-Bytes")


def _nat_gateway(_properties: Properties, _others: Mapping[str, Any]) -> Iterable[Charge]:
    yield hourly("NAT gateway", "AmazonEC2/NatGateway-Hours")
    yield usage("GB through it", "AmazonEC2/NatGateway-Bytes")


def _address(_properties: Properties, _others: Mapping[str, Any]) -> Iterable[Charge]:
    yield hourly("public IPv4 address", "AmazonVPC/PublicIPv4:InUseAddress")


def _key(properties: Properties, _others: Mapping[str, Any]) -> Iterable[Charge]:
    yield fixed("KMS key", "awskms/KMS-Keys", 1)
    if properties.get("EnableKeyRotation"):
        yield usage("the first and the second rotation, from then on each month", "awskms/KMS-Keys")
    yield usage("requests", "awskms/KMS-Requests")


def _alarm(properties: Properties, _others: Mapping[str, Any]) -> Iterable[Charge]:
    """An alarm is charged for each metric that it looks at."""
    queries = [each for each in properties.get("Metrics", ()) if "MetricStat" in each]
    count = len(queries) or 1
    yield fixed(
        "alarm" if count == 1 else f"alarm over {count} metrics", "AmazonCloudWatch/CW:AlarmMonitorUsage", count
    )


def _dashboard(_properties: Properties, _others: Mapping[str, Any]) -> Iterable[Charge]:
    yield fixed("dashboard (the first three are free)", "AmazonCloudWatch/DashboardsUsageHour", 1)


def _by_use(kinds: Iterable[tuple[str, str]]) -> Rule:
    return lambda _properties, _others: [usage(what, key) for what, key in kinds]


def _nothing(_properties: Properties, _others: Mapping[str, Any]) -> Iterable[Charge]:
    return ()


RULES: Mapping[str, Rule] = {
    **dict.fromkeys(FREE, _nothing),
    **{name: _by_use(kinds) for name, kinds in BY_USE.items()},
    "AWS::ApplicationAutoScaling::ScalingPolicy": scaling_policy,
    "AWS::CloudWatch::Alarm": _alarm,
    "AWS::CloudWatch::Dashboard": _dashboard,
    "AWS::EC2::EIP": _address,
    "AWS::EC2::NatGateway": _nat_gateway,
    "AWS::EC2::VPCEndpoint": _interface_endpoint,
    "AWS::EMR::Cluster": cluster,
    "AWS::EMRServerless::Application": serverless_application,
    "AWS::KMS::Key": _key,
    "AWS::SageMaker::Endpoint": endpoint,
    "AWS::SageMaker::MlflowTrackingServer": tracking_server,
    "AWS::SageMaker::NotebookInstance": notebook,
}
"""The rule of each type."""
