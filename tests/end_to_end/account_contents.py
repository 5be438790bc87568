"""Everything that a stack of ours can make, as an account lists it, and the artifact that a pinned endpoint serves."""

from __future__ import annotations

import re
from typing import Any

from tests.local_aws.launcher import LocalAws
from tests.local_aws.plain_endpoints import PlainEndpoints, server

PROMOTED = "boston-housing/models/1/model.tar.gz"

LISTS: dict[str, tuple[str, str, str, dict[str, Any]]] = {
    "addresses": ("ec2", "describe_addresses", "Addresses", {}),
    "anomaly monitors": ("ce", "get_anomaly_monitors", "AnomalyMonitors", {}),
    "anomaly subscriptions": ("ce", "get_anomaly_subscriptions", "AnomalySubscriptions", {}),
    "applications": ("emr-serverless", "list_applications", "applications", {}),
    "alarms": ("cloudwatch", "describe_alarms", "MetricAlarms", {}),
    "aliases": ("kms", "list_aliases", "Aliases", {}),
    "budgets": ("budgets", "describe_budgets", "Budgets", {"AccountId": "123456789012"}),
    "buckets": ("s3", "list_buckets", "Buckets", {}),
    "clusters": ("emr", "list_clusters", "Clusters", {"ClusterStates": ["STARTING", "RUNNING", "WAITING"]}),
    "code repositories": ("sagemaker", "list_code_repositories", "CodeRepositorySummaryList", {}),
    "dashboards": ("cloudwatch", "list_dashboards", "DashboardEntries", {}),
    "domains": ("sagemaker", "list_domains", "Domains", {}),
    "endpoint configs": ("sagemaker", "list_endpoint_configs", "EndpointConfigs", {}),
    "endpoints": ("sagemaker", "list_endpoints", "Endpoints", {}),
    "file systems": ("efs", "describe_file_systems", "FileSystems", {}),
    "flow logs": ("ec2", "describe_flow_logs", "FlowLogs", {}),
    "functions": ("lambda", "list_functions", "Functions", {}),
    "instance profiles": ("iam", "list_instance_profiles", "InstanceProfiles", {}),
    "lifecycle configs": (
        "sagemaker",
        "list_notebook_instance_lifecycle_configs",
        "NotebookInstanceLifecycleConfigs",
        {},
    ),
    "log groups": ("logs", "describe_log_groups", "logGroups", {}),
    "metric filters": ("logs", "describe_metric_filters", "metricFilters", {}),
    "models": ("sagemaker", "list_models", "Models", {}),
    "network interfaces": ("ec2", "describe_network_interfaces", "NetworkInterfaces", {}),
    "notebook instances": ("sagemaker", "list_notebook_instances", "NotebookInstances", {}),
    "OIDC providers": ("iam", "list_open_id_connect_providers", "OpenIDConnectProviderList", {}),
    "parameters": ("ssm", "describe_parameters", "Parameters", {}),
    "policies": ("iam", "list_policies", "Policies", {"Scope": "Local"}),
    "queues": ("sqs", "list_queues", "QueueUrls", {}),
    "repositories": ("ecr", "describe_repositories", "repositories", {}),
    "resource policies": ("logs", "describe_resource_policies", "resourcePolicies", {}),
    "roles": ("iam", "list_roles", "Roles", {}),
    "rules": ("events", "list_rules", "Rules", {}),
    "scalable targets": (
        "application-autoscaling",
        "describe_scalable_targets",
        "ScalableTargets",
        {"ServiceNamespace": "sagemaker"},
    ),
    "schedules": ("scheduler", "list_schedules", "Schedules", {}),
    "security configurations": ("emr", "list_security_configurations", "SecurityConfigurations", {}),
    "security groups": ("ec2", "describe_security_groups", "SecurityGroups", {}),
    "state machines": ("stepfunctions", "list_state_machines", "stateMachines", {}),
    "studios": ("emr", "list_studios", "Studios", {}),
    "subnets": ("ec2", "describe_subnets", "Subnets", {}),
    "subscriptions": ("sns", "list_subscriptions", "Subscriptions", {}),
    "topics": ("sns", "list_topics", "Topics", {}),
    "tracking servers": ("sagemaker", "list_mlflow_tracking_servers", "TrackingServerSummaries", {}),
    "trails": ("cloudtrail", "describe_trails", "trailList", {}),
    "user profiles": ("sagemaker", "list_user_profiles", "UserProfiles", {}),
    "VPC endpoints": ("ec2", "describe_vpc_endpoints", "VpcEndpoints", {}),
    "VPCs": ("ec2", "describe_vpcs", "Vpcs", {}),
}
"""Whatever a stack of ours can make: what it is, the service, the call, the member with the list, arguments."""
IDENTIFIER = re.compile(r"(Arn|ARN|Id|Name|name|arn|Key|IP)$|^(FlowLogId|PublicIp)$")
LEFT_ON_AWS = {"log groups": "a function's or an endpoint's own, which its service makes"}


def promote(aws: LocalAws) -> None:
    """What another environment's bucket would hold."""
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="promoted")
    artifact = PlainEndpoints(aws, "promoted").archive(server())
    s3.copy_object(Bucket="promoted", Key=PROMOTED, CopySource=artifact.removeprefix("s3://"))


def everything(aws: LocalAws) -> dict[str, set[str]]:
    """The names of all there is, by what it is."""
    resources = {}
    for kind, (service, call, member, arguments) in LISTS.items():
        items = getattr(aws.client(service), call)(**arguments).get(member, ())
        resources[kind] = {_identity(item) for item in items}
    return resources


def _identity(item: Any) -> str:
    if isinstance(item, str):
        return item
    return ", ".join(
        str(value) for key, value in sorted(item.items()) if IDENTIFIER.search(key) and isinstance(value, str)
    )
