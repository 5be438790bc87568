"""Import into stacks of the types that ministack can't import: existing resources that a template names.

With `ImportExistingResources`, CloudFormation takes an existing resource into the stack if the template has its name as
a literal and a DeletionPolicy that retains it, and if the name is the type's primary identifier ("Import AWS resources
into a CloudFormation stack automatically", user guide). Repositories and tracking servers are of that kind by their
schemas. An MLflow App and an endpoint are imported by their ARNs only, as a change set of type IMPORT names them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.services import ecr
from ministack.services.cloudformation import changesets, provisioners

from local_aws.api.errors import AwsError
from local_aws.api.service import Scope
from local_aws.ministack.scope import current_scope

Describe = Callable[[Scope, str, dict[str, Any]], dict[str, Any]]
"""Calls a Describe operation of SageMaker: scope, noun, request. Raises AwsError if the resource doesn't exist."""
REPOSITORY = "AWS::ECR::Repository"
SERVER, APP = "AWS::SageMaker::MlflowTrackingServer", "AWS::SageMaker::MlflowApp"
ENDPOINT = "AWS::SageMaker::Endpoint"


def extend_imports(describe: Describe) -> None:
    """Add the types to the engine, after their other handlers. Once per process."""

    def server(name: str) -> dict[str, Any]:
        return describe(current_scope(), "MlflowTrackingServer", {"TrackingServerName": name})

    def server_missing(name: str) -> str | None:
        try:
            server(name)
        except AwsError:
            return _missing(SERVER, name)
        return None

    def import_server(identifier: dict[str, str]) -> tuple[str, dict[str, Any]]:
        name = identifier["TrackingServerName"]
        return name, {"TrackingServerArn": server(name)["TrackingServerArn"]}

    def app_missing(arn: str) -> str | None:
        try:
            describe(current_scope(), "MlflowApp", {"Arn": arn})
        except AwsError:
            return _missing(APP, arn)
        return None

    def import_app(identifier: dict[str, str]) -> tuple[str, dict[str, Any]]:
        arn = identifier["Arn"]
        described = describe(current_scope(), "MlflowApp", {"Arn": arn})
        return arn, {**described, "MlflowAppId": arn.rpartition("/")[2]}

    def endpoint(arn: str) -> dict[str, Any]:
        described = describe(current_scope(), "Endpoint", {"EndpointName": arn.rpartition("/")[2]})
        if described["EndpointArn"] != arn:
            raise AwsError("ValidationException", _missing(ENDPOINT, arn))
        return described

    def endpoint_missing(arn: str) -> str | None:
        try:
            endpoint(arn)
        except AwsError:
            return _missing(ENDPOINT, arn)
        return None

    def import_endpoint(identifier: dict[str, str]) -> tuple[str, dict[str, Any]]:
        described = endpoint(identifier["EndpointArn"])
        return described["EndpointArn"], {name: described[name] for name in ("EndpointArn", "EndpointName")}

    _add(ENDPOINT, "EndpointArn", endpoint_missing, import_endpoint)
    _add(REPOSITORY, "RepositoryName", _repository_missing, _import_repository)
    _add(SERVER, "TrackingServerName", server_missing, import_server)
    _add(APP, "Arn", app_missing, import_app)


def _add(
    kind: str,
    key: str,
    problem: Callable[[str], str | None],
    adopt: Callable[[dict[str, str]], tuple[str, dict[str, Any]]],
) -> None:
    changesets._IMPORT_LOOKUPS[kind] = ((key,), problem)
    provisioners._RESOURCE_HANDLERS[kind] = {**provisioners._RESOURCE_HANDLERS[kind], "import": adopt}


def _repository_missing(name: str) -> str | None:
    return None if name in ecr._repositories else _missing(REPOSITORY, name)


def _import_repository(identifier: dict[str, str]) -> tuple[str, dict[str, Any]]:
    repository = ecr._repositories[identifier["RepositoryName"]]
    return repository["repositoryName"], {
        "Arn": repository["repositoryArn"],
        "RepositoryUri": repository["repositoryUri"],
    }


def _missing(kind: str, name: str) -> str:
    return str(changesets._IMPORT_NOT_FOUND.format(type=kind, value=name))
