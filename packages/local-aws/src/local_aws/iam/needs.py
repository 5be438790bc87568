"""The permissions that SageMaker's operations require from their caller, and from the roles that are passed to them.

Sources: the Service Authorization Reference's table for SageMaker, and "SageMaker AI Roles" (permissions of execution
roles, by operation) in the developer guide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from local_aws.api.members import values
from local_aws.api.service import Scope
from local_aws.iam.enforcement import Need
from local_aws.sagemaker.request_rules import ROLE_MEMBERS

Request = Mapping[str, Any]

SAGEMAKER = "sagemaker.amazonaws.com"
ALSO_ON = {"CreateEndpoint": ("EndpointConfig",), "UpdateEndpoint": ("EndpointConfig",)}
"""Operations that AWS authorizes on a second resource too, with that resource's noun."""
TAG_OPERATIONS = ("AddTags", "DeleteTags", "ListTags")
VERBS = re.compile(r"^(BatchDescribe|Create|Delete|Describe|Get|Invoke|ListTrainingJobsFor|Put|Start|Stop|Update)")
"""What precedes the noun of the resource that an operation is authorized on. Of the lists, one alone has a resource."""
EXPERIMENTS = re.compile(r"(Create|Describe|Update|Delete|Associate|Disassociate)(Experiment|Trial(Component)?)")
EXPERIMENT_TYPES = {
    "TrialComponentName": "experiment-trial-component",
    "TrialName": "experiment-trial",
    "ExperimentName": "experiment",
}
"""The types of the resources of Experiments, by the members with their names; AWS authorizes on each that is named."""
IMAGE = re.compile(r"^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/([^:@]+)")
PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
GRANTED_TO_AWS = (("kms:grantisforawsresource", "true"),)
INTERFACES = (
    "ec2:CreateNetworkInterfacePermission",
    "ec2:DeleteNetworkInterface",
    "ec2:DeleteNetworkInterfacePermission",
)
DESCRIBES = tuple(
    f"ec2:Describe{what}" for what in ("DhcpOptions", "NetworkInterfaces", "SecurityGroups", "Subnets", "Vpcs")
)


def of_the_caller(scope: Scope, operation: str, request: Request) -> Iterator[Need]:
    """The permissions for the operation, for passing each role, for tagging, and for a volume's key."""
    action = f"sagemaker:{operation}"
    yield from (Need(action, resource) for resource in _resources(scope, operation, request))
    for role in sorted(set(values(request, *ROLE_MEMBERS))):
        yield Need("iam:PassRole", role, (("iam:passedtoservice", SAGEMAKER),))
    if request.get("Tags") and operation.startswith("Create"):
        yield Need("sagemaker:AddTags", _resources(scope, operation, request)[0])
    if operation == "CreateEndpointConfig" and request.get("KmsKeyId"):
        yield from _grant(scope, request["KmsKeyId"])


def of_the_role(
    scope: Scope, operation: str, request: Request, vpc_of: Callable[[str], str | None]
) -> Iterator[tuple[str, Need]]:
    """Each role, and what it needs before a job or a model can run. ``vpc_of`` maps a subnet's id to its VPC."""
    if operation not in ROLE_OPERATIONS:
        return
    for holder in _role_holders(request):
        role = next(values({name: holder[name] for name in ROLE_MEMBERS if name in holder}, *ROLE_MEMBERS))
        for image in sorted(set(values(holder, "TrainingImage", "ImageUri", "Image"))):
            yield from ((role, need) for need in pulling(image))
        for key in sorted(set(values(holder, "VolumeKmsKeyId"))):
            yield from ((role, need) for need in _grant(scope, key))
        yield from ((role, need) for need in encrypting(scope, holder))
        for network in values(holder, "VpcConfig"):
            yield from ((role, need) for need in joining(scope, network, vpc_of))


ROLE_OPERATIONS = ("CreateTrainingJob", "CreateProcessingJob", "CreateHyperParameterTuningJob", "CreateModel")


def pulling(image: str) -> Iterator[Need]:
    """The permissions to pull an image from Amazon ECR."""
    match = IMAGE.match(image)
    if match is None:
        return
    account, region, repository = match.groups()
    yield Need("ecr:GetAuthorizationToken")
    yield from (Need(action, f"arn:aws:ecr:{region}:{account}:repository/{repository}") for action in PULL)


def encrypting(scope: Scope, holder: Request) -> Iterator[Need]:
    """The permission for the key of a job's output ("SageMaker AI Roles"). AWS may refuse later, when the job uploads.

    The API reference says of `OutputDataConfig.KmsKeyId`: "the SageMaker execution role must include permissions to
    call kms:Encrypt".
    """
    for output in ("OutputDataConfig", "ProcessingOutputConfig"):
        if key := (holder.get(output) or {}).get("KmsKeyId"):
            yield Need("kms:Encrypt", key if key.startswith("arn:") else scope.arn("kms", f"key/{key}"))


def joining(scope: Scope, network: Request, vpc_of: Callable[[str], str | None]) -> Iterator[Need]:
    """The permissions to create network interfaces in the subnets of a ``VpcConfig``."""
    vpc = next((vpc_id for subnet in network["Subnets"] if (vpc_id := vpc_of(subnet))), None)
    within = (("ec2:vpc", scope.arn("ec2", f"vpc/{vpc}")),) if vpc else ()
    interface = scope.arn("ec2", "network-interface/eni-00000000")
    places = [scope.arn("ec2", f"subnet/{subnet}") for subnet in network["Subnets"]]
    places += [scope.arn("ec2", f"security-group/{group}") for group in network["SecurityGroupIds"]]
    yield from (Need("ec2:CreateNetworkInterface", arn, within) for arn in [*places, interface])
    yield from (Need(action, interface, within) for action in INTERFACES)
    yield from (Need(action) for action in DESCRIBES)


def of_a_models_role(
    scope: Scope, operation: str, request: Request, describe: Callable[[Scope, str, str], Request]
) -> Iterator[tuple[str, Need]]:
    """The permissions that models' roles need for an endpoint's or a transform job's volumes, and for rollbacks.

    Of an update's alarms, SageMaker's "Auto-Rollback Configuration and Monitoring" says: "Ensure that your IAM
    execution role has permission to perform the cloudwatch:DescribeAlarms action on the auto-rollback alarms you
    specify."
    """
    if operation in ("CreateEndpoint", "UpdateEndpoint"):
        config = describe(scope, "EndpointConfig", request["EndpointConfigName"])
        variants = [*config["ProductionVariants"], *config.get("ShadowProductionVariants", ())]
        models = [variant["ModelName"] for variant in variants if "ModelName" in variant]
        key = config.get("KmsKeyId")
    elif operation == "CreateTransformJob":
        models, key = [request["ModelName"]], request["TransformResources"].get("VolumeKmsKeyId")
    else:
        return
    needs = [*(_grant(scope, str(key)) if key else ()), *_rollback(scope, operation, request, describe)]
    for model in models if needs else []:
        if role := describe(scope, "Model", model).get("ExecutionRoleArn"):
            yield from ((role, need) for need in needs)


def _role_holders(request: Request) -> Iterator[Request]:
    """The request, or the definitions in it that have separate roles."""
    inner = [*request.get("TrainingJobDefinitions", ()), *filter(None, [request.get("TrainingJobDefinition")])]
    yield from (holder for holder in inner or [request] if any(name in holder for name in ROLE_MEMBERS))


def _resources(scope: Scope, operation: str, request: Request) -> list[str]:
    """The ARNs that the operation is authorized on; `*` if AWS defines no resource for it."""
    if operation in TAG_OPERATIONS:
        return [str(request["ResourceArn"])]
    if operation == "CreateModelPackage" and "ModelPackageGroupName" in request:
        group = request["ModelPackageGroupName"].rpartition("/")[2]
        return [
            scope.arn("sagemaker", f"model-package/{group}/1"),
            scope.arn("sagemaker", f"model-package-group/{group}"),
        ]
    if "Pipeline" in operation:
        return [_pipeline_arn(scope, request)]
    if EXPERIMENTS.fullmatch(operation):
        named = [(kind, request[name]) for name, kind in EXPERIMENT_TYPES.items() if name in request]
        return [_named_arn(scope, kind, name) for kind, name in named]
    if operation == "UpdateModelPackage":
        return [str(request["ModelPackageArn"])]
    if "Mlflow" in operation:
        return [_mlflow_arn(scope, operation, request)]
    noun = VERBS.sub("", operation)
    noun = noun.removesuffix("WeightsAndCapacities").removesuffix("Policy")  # a group's policy is on the group
    arns = [_arn(scope, resource, request) for resource in (noun, *ALSO_ON.get(operation, ()))]
    return [arn for arn in arns if arn] or ["*"]


def _pipeline_arn(scope: Scope, request: Request) -> str:
    """The ARN of an execution or a pipeline, in lower case as AWS has it; callbacks and lists name neither."""
    if "PipelineExecutionArn" in request:
        return str(request["PipelineExecutionArn"]).lower()
    name = str(request.get("PipelineName", "")).lower()
    if not name:
        return "*"
    return name if name.startswith("arn:") else scope.arn("sagemaker", f"pipeline/{name}")


def _mlflow_arn(scope: Scope, operation: str, request: Request) -> str:
    """The ARN of a tracking server or an App; AWS generates a new App's id."""
    if operation.startswith("List"):
        return "*"
    if "TrackingServer" in operation:
        return scope.arn("sagemaker", f"mlflow-tracking-server/{request['TrackingServerName']}")
    return str(request.get("Arn", scope.arn("sagemaker", "mlflow-app/app-000000000000")))


def _arn(scope: Scope, noun: str, request: Request) -> str | None:
    name = request.get(f"{noun}Name")
    if not isinstance(name, str) or not noun:
        return None
    return _named_arn(scope, re.sub(r"(?<!^)(?=[A-Z])", "-", noun).lower(), name)


def _named_arn(scope: Scope, kind: str, name: str) -> str:
    return name if name.startswith("arn:") else scope.arn("sagemaker", f"{kind}/{name.lower()}")


def _rollback(
    scope: Scope, operation: str, request: Request, describe: Callable[[Scope, str, str], Request]
) -> Iterator[Need]:
    if operation != "UpdateEndpoint":
        return
    config = request.get("DeploymentConfig")
    if config is None and request.get("RetainDeploymentConfig"):
        config = describe(scope, "Endpoint", request["EndpointName"]).get("LastDeploymentConfig")
    for alarm in values(config or {}, "AlarmName"):
        yield Need("cloudwatch:DescribeAlarms", scope.arn("cloudwatch", f"alarm:{alarm}"))


def _grant(scope: Scope, key: str) -> Iterator[Need]:
    arn = key if key.startswith("arn:") else scope.arn("kms", f"key/{key}")
    yield Need("kms:DescribeKey", arn)
    yield Need("kms:CreateGrant", arn, GRANTED_TO_AWS)
