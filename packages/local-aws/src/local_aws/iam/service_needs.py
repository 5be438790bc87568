"""Caller permissions for operations of Application Auto Scaling, Cost Explorer, EMR, EMR Serverless, Service Quotas.

Source: the tables of the Service Authorization Reference, and Application Auto Scaling's "Permissions needed".
ministack decides EMR's own actions; only the roles that a request passes are decided here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from typing import Any

from local_aws.api.errors import AwsError
from local_aws.api.members import values
from local_aws.api.service import Scope
from local_aws.iam.enforcement import Enforcement, Need

Request = Mapping[str, Any]
Needs = Callable[[Scope, str, Request], Iterator[Need]]

caller: ContextVar[str | None] = ContextVar("caller", default=None)
"""The caller's access key; None if a service calls, such as CloudFormation for an administrator."""

SCALING_SAGEMAKER = ("sagemaker:DescribeEndpoint", "sagemaker:UpdateEndpointWeightsAndCapacities")
SCALING_ALARMS = ("cloudwatch:DeleteAlarms", "cloudwatch:DescribeAlarms", "cloudwatch:PutMetricAlarm")


def require_all(enforcement: Enforcement, scope: Scope, needs: Iterator[Need]) -> None:
    """Raise `AwsError` unless the caller is a service or has every permission."""
    access_key = caller.get()
    if access_key is None:
        return
    if not access_key:
        raise AwsError("MissingAuthenticationTokenException", "Missing Authentication Token", 403)
    for need in needs:
        enforcement.require(scope, access_key, need)


def passing(role: str, service: str) -> Need:
    """The permission to pass a role to a service."""
    return Need("iam:PassRole", role, (("iam:passedtoservice", f"{service}.amazonaws.com"),))


def _scaled(request: Request) -> Iterator[tuple[str, str]]:
    """The service's condition keys: what kind of resource is scaled (Service Authorization Reference)."""
    for key, member in (("service-namespace", "ServiceNamespace"), ("scalable-dimension", "ScalableDimension")):
        if request.get(member):
            yield f"application-autoscaling:{key}", str(request[member])


def application_autoscaling(scope: Scope, operation: str, request: Request) -> Iterator[Need]:
    """Permissions on the scalable target, whose id AWS generates, and on the service to scale."""
    resource = request.get("ResourceId", "")
    on_target = resource and not operation.startswith("Describe")
    target = scope.arn("application-autoscaling", "scalable-target/0000000000000000")
    arn = str(request.get("ResourceARN") or (target if on_target else "*"))
    yield Need(f"application-autoscaling:{operation}", arn, tuple(_scaled(request)) if on_target else ())
    if "RoleARN" in request:
        yield passing(request["RoleARN"], "application-autoscaling")
    if operation == "RegisterScalableTarget" and request["ServiceNamespace"] == "sagemaker":
        endpoint = scope.arn("sagemaker", "/".join(resource.split("/")[:2]).lower())
        yield from (Need(action, endpoint) for action in SCALING_SAGEMAKER)
    if operation in ("PutScalingPolicy", "DeleteScalingPolicy"):
        # AWS documents only `*` for them; the alarms have these names, and are made with the caller's permissions.
        alarm = scope.arn("cloudwatch", f"alarm:TargetTracking-{resource}-AlarmHigh-0")
        yield from (Need(action, alarm) for action in SCALING_ALARMS)


def emr(scope: Scope, operation: str, request: Request) -> Iterator[Need]:
    """Permissions to pass the roles of a cluster or a studio, which EMR accepts by name or ARN."""
    if operation in ("RunJobFlow", "CreateStudio"):
        for service, members in (
            ("elasticmapreduce", ("ServiceRole", "UserRole")),
            ("ec2", ("JobFlowRole",)),
            ("application-autoscaling", ("AutoScalingRole",)),
        ):
            for role in values(request, *members):
                arn = role if role.startswith("arn:") else f"arn:aws:iam::{scope.account}:role/{role}"
                yield passing(arn, service)


def emr_serverless(scope: Scope, operation: str, request: Request) -> Iterator[Need]:
    """Permissions on the application or the job run; starting a run also passes a role."""
    resource = "*"
    if "applicationId" in request:
        resource = scope.arn("emr-serverless", f"/applications/{request['applicationId']}")
        if "jobRunId" in request:
            resource += f"/jobruns/{request['jobRunId']}"
    yield Need(f"emr-serverless:{operation}", str(request.get("resourceArn", resource)))
    if operation == "StartJobRun":
        yield passing(request["executionRoleArn"], "emr-serverless")
    if request.get("tags") and operation in ("CreateApplication", "StartJobRun"):
        tagged = f"{resource}/jobruns/00" if operation == "StartJobRun" else resource
        yield Need("emr-serverless:TagResource", tagged)


def service_quotas(scope: Scope, operation: str, request: Request) -> Iterator[Need]:
    """Permissions on the quota for a change; read operations have no resource."""
    quota = scope.arn("servicequotas", f"{request.get('ServiceCode')}/{request.get('QuotaCode')}")
    changes = not operation.startswith(("Get", "List"))
    yield Need(f"servicequotas:{operation}", quota if changes and "QuotaCode" in request else "*")


def cost_explorer(scope: Scope, operation: str, request: Request) -> Iterator[Need]:
    """Permissions on a monitor or a subscription, which are in no region; to create or list needs no resource."""
    arn = request.get("MonitorArn") or request.get("SubscriptionArn") or request.get("ResourceArn")
    kind = "monitor" if operation == "CreateAnomalyMonitor" else "subscription"
    created = f"arn:aws:ce::{scope.account}:anomaly{kind}/*"
    yield Need(f"ce:{operation}", str(arn or (created if operation.startswith("Create") else "*")))
    if operation.startswith("Create") and request.get("ResourceTags"):
        yield Need("ce:TagResource", created)


def component_metrics(scope: Scope, operation: str, request: Request) -> Iterator[Need]:
    """Permissions on the trial components whose metrics are put or read."""
    component = scope.arn("sagemaker", f"experiment-trial-component/{request.get('TrialComponentName')}")
    queried = sorted({query["ResourceArn"] for query in request.get("MetricQueries", ())})
    yield from (Need(f"sagemaker:{operation}", arn) for arn in queried or [component])


NEEDS: dict[str, Needs] = {
    "application-autoscaling": application_autoscaling,
    "ce": cost_explorer,
    "elasticmapreduce": emr,
    "emr-serverless": emr_serverless,
    "sagemaker-metrics": component_metrics,
    "servicequotas": service_quotas,
}
"""Services by their name in credential scopes."""
