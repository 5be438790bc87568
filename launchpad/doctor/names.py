"""Fixed names in the templates that exist already and are not this environment's: creating them would fail."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from launchpad.doctor.check import Check, Finding, ok, problem, unknown
from launchpad.doctor.deployment import Deployment
from launchpad.platform_client import taking_back
from launchpad.platform_client.endpoints import SERVING
from launchpad.platform_client.platform import resources, stacks
from launchpad.platform_client.taken_endpoints import ENDPOINT

THREADS = 8
DENIED = ("AccessDenied", "AccessDeniedException")
FORBIDDEN = "403"
"""S3's answer to HeadBucket where a bucket of this name is another account's."""
REMEDY = "delete it, or take it into the stack with `cdk import`"


@dataclass(frozen=True)
class NamedType:
    """How to ask whether a resource of a type exists."""

    property: str
    """The property with its name."""
    service: str
    read: Callable[[Any, str], object]
    """Reads it with a client; a ClientError with an `absent` code or text means that it doesn't exist."""
    absent: tuple[str, ...]
    remedy: str = REMEDY


NAMED: Mapping[str, NamedType] = {
    "AWS::ECR::Repository": NamedType(
        "RepositoryName",
        "ecr",
        lambda ecr, name: ecr.describe_repositories(repositoryNames=[name]),
        ("RepositoryNotFoundException",),
    ),
    "AWS::IAM::Role": NamedType("RoleName", "iam", lambda iam, name: iam.get_role(RoleName=name), ("NoSuchEntity",)),
    "AWS::KMS::Alias": NamedType(
        "AliasName", "kms", lambda kms, name: kms.describe_key(KeyId=name), ("NotFoundException",)
    ),
    "AWS::Lambda::Function": NamedType(
        "FunctionName",
        "lambda",
        lambda functions, name: functions.get_function(FunctionName=name),
        ("ResourceNotFoundException",),
    ),
    "AWS::S3::Bucket": NamedType(
        "BucketName", "s3", lambda s3, name: s3.head_bucket(Bucket=name), ("404", "NoSuchBucket")
    ),
    "AWS::SSM::Parameter": NamedType(
        "Name", "ssm", lambda ssm, name: ssm.get_parameter(Name=name), ("ParameterNotFound",)
    ),
    "AWS::SageMaker::Endpoint": NamedType(
        "EndpointName",
        "sagemaker",
        lambda sagemaker, name: sagemaker.describe_endpoint(EndpointName=name),
        ("Could not find", "ResourceNotFound"),
        "the deploy takes it over once it is in service; or delete it with `launchpad stop {name}`",
    ),
    "AWS::SageMaker::MlflowTrackingServer": NamedType(
        "TrackingServerName",
        "sagemaker",
        lambda sagemaker, name: sagemaker.describe_mlflow_tracking_server(TrackingServerName=name),
        ("ResourceNotFound",),
    ),
    "AWS::SageMaker::NotebookInstance": NamedType(
        "NotebookInstanceName",
        "sagemaker",
        lambda sagemaker, name: sagemaker.describe_notebook_instance(NotebookInstanceName=name),
        ("RecordNotFound", "ResourceNotFound"),
        taking_back.NAMED["AWS::SageMaker::NotebookInstance"].remedy,
    ),
}
"""Calls that look a name up, by CloudFormation type; other types with fixed names in the templates may exist twice."""
PROVIDER = "AWS::IAM::OIDCProvider"
IMPORTED = frozenset(kind for kind, named in taking_back.NAMED.items() if not named.remedy)
"""The types that a deploy imports by their names, in environments that retain data."""


def checks() -> list[Check]:
    """All checks of this group."""
    return [Check("names", "taken names", taken), Check("names", "OIDC provider", provider)]


def taken(deployment: Deployment) -> Iterable[Finding]:
    """Look up each fixed name that no stack of this environment has yet."""
    names = sorted(_names(deployment))
    if not names:
        yield ok("no name is fixed")
        return
    own = {resource.get("PhysicalResourceId", "") for resource in _own(deployment)}
    new = [(kind, name) for kind, name in names if not _is_own(name, own)]
    for kind in {kind for kind, _ in new}:
        deployment.client(NAMED[kind].service)
    with ThreadPoolExecutor(THREADS) as threads:
        findings = [*filter(None, threads.map(lambda pair: _examine(deployment, *pair), new))]
    yield from findings
    if not findings:
        yield ok(f"{len(names) - len(new)} are this environment's, {len(new)} are free")


def provider(deployment: Deployment) -> Iterable[Finding]:
    """Look for GitHub's OIDC provider, of which an account has only one."""
    assembly = deployment.assembly
    for _, _, resource in assembly.resources(PROVIDER) if assembly else ():
        host = resource["Properties"]["Url"].removeprefix("https://")
        own = {each.get("PhysicalResourceId", "") for each in _own(deployment)}
        providers = deployment.client("iam").list_open_id_connect_providers()["OpenIDConnectProviderList"]
        others = [each["Arn"] for each in providers if each["Arn"].endswith(f"/{host}") and each["Arn"] not in own]
        if others:
            yield problem(f"{others[0]} exists", "write `new_provider: false` under `github` in the config")
        else:
            yield ok(f"{host} has none, or this environment's")


def _names(deployment: Deployment) -> Iterator[tuple[str, str]]:
    assembly = deployment.assembly
    for _, _, resource in assembly.resources(*NAMED) if assembly else ():
        value = resource.get("Properties", {}).get(NAMED[resource["Type"]].property)
        if name := _literal(value, deployment):
            yield resource["Type"], name


def _literal(value: Any, deployment: Deployment) -> str | None:
    """A name that is known before the deploy: text, and text with the account or the region in it."""
    if isinstance(value, str):
        return value
    if not isinstance(value, dict):
        return None
    if isinstance(value.get("Fn::Sub"), str):
        name = deployment.resolved(value["Fn::Sub"])
        return None if "${" in name else name
    if isinstance(value.get("Ref"), str) and value["Ref"].startswith("AWS::"):
        return deployment.resolved(f"${{{value['Ref']}}}")
    if "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        texts = [_literal(part, deployment) for part in parts]
        return None if None in texts else separator.join(map(str, texts))
    return None


def _own(deployment: Deployment) -> Iterator[Mapping[str, Any]]:
    assert deployment.connection  # noqa: S101 -- this check asks AWS
    for stack in stacks(deployment.connection):
        yield from resources(deployment.connection, stack["StackName"])


def _is_own(name: str, physical_ids: set[str]) -> bool:
    """Whether a stack has it: a physical id is a name, or an ARN that ends with the name."""
    return any(each == name or each.endswith((f"/{name}", f":{name}")) for each in physical_ids)


def _examine(deployment: Deployment, kind: str, name: str) -> Finding | None:
    named = NAMED[kind]
    try:
        description = named.read(deployment.client(named.service), name)
    except ClientError as error:
        return _refused(kind, name, error)
    if kind == ENDPOINT and isinstance(description, Mapping) and description.get("EndpointStatus") == SERVING:
        return ok(f"endpoint {name} was served directly, and the deploy takes it over")
    if deployment.settings.retain_data and kind in IMPORTED:
        return ok(f"{kind} {name} was left by an earlier deployment, and the deploy takes it back")
    return problem(f"{kind} {name} exists, and no stack of this environment has it", named.remedy.format(name=name))


def _refused(kind: str, name: str, error: ClientError) -> Finding | None:
    code = error.response["Error"]["Code"]
    if kind == "AWS::S3::Bucket" and code == FORBIDDEN:
        return problem(f"{kind} {name} is another account's, or closed to you", "choose another name")
    if any(mark in f"{code} {error}" for mark in NAMED[kind].absent):
        return None
    if code in DENIED:
        return unknown(f"you may not look for {kind} {name}")
    raise error
