"""A role without a policy can do nothing where IAM is enforced: every operation of every service is tried.

`make test` walks the services that this project's stacks and programs use; EVERY_SERVICE=1 (as in `make fuzz`) walks
all that the server has, some 7,500 operations.
"""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

import boto3
import botocore.session
import pytest
import urllib3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.model import OperationModel, Shape

from tests.local_aws.conftest import PLAIN
from tests.local_aws.launcher import PYTHON, ROOT, running_local_aws
from tests.local_aws.signed import send
from tests.local_aws.test_ecr import Registry

USED = (
    *("application-autoscaling", "budgets", "cloudformation", "cloudwatch", "ecr", "emr", "emr-serverless", "events"),
    *("iam", "kms", "lambda", "logs", "s3", "sagemaker", "sagemaker-metrics", "sagemaker-runtime", "scheduler"),
    *("service-quotas", "sns", "sqs", "ssm", "stepfunctions", "sts"),
)
SERVED = (
    "import json, ministack.app as app; from local_aws.json_apis import JSON_APIS; "
    "print(json.dumps([*app.SERVICE_HANDLERS, *JSON_APIS, 'sagemaker', 'emr-serverless']))"
)
UNREACHABLE = {"cloudfront-keyvaluestore", "eventbridgev2"}
"""The one signs with SigV4a, which takes a library that is not installed; the other's requests are routed to S3."""
ALLOWED = {"sts:GetCallerIdentity", "sts:GetSessionToken"}
"""AWS never denies them:
https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html"""
REFUSALS = ("AccessDenied", "AuthorizationError", "Forbidden", "MissingAuthenticationToken", "NotImplemented")
REFUSALS += ("UnauthorizedOperation", "UnknownOperation", "UnrecognizedClient", "401", "403")
BEFORE_IAM = ("InvalidURI", "NoSuchBucket", "Validation", "404", "400", "BadRequest")
"""Answers to what is wrong with the walk's own requests, which says nothing of any resource."""


def services() -> list[str]:
    if os.environ.get("EVERY_SERVICE") != "1":
        return list(USED)
    served = json.loads(subprocess.check_output([PYTHON, "-c", SERVED], cwd=ROOT))
    session = botocore.session.get_session()
    names = set(session.get_available_services()) - UNREACHABLE
    models = {name: session.get_service_model(name) for name in sorted(names)}
    return [n for n, model in models.items() if {n, model.signing_name, model.endpoint_prefix} & set(served)]


@pytest.fixture(scope="module")
def aws():
    with running_local_aws(*PLAIN, "--iam") as server:
        yield server


def session_of_a_role(aws, name: str) -> dict[str, str]:
    """The session of a new role that has no policy, as clients take it."""
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
    role = aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    session = aws.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName=name)["Credentials"]
    return {
        "aws_access_key_id": session["AccessKeyId"],
        "aws_secret_access_key": session["SecretAccessKey"],
        "aws_session_token": session["SessionToken"],
    }


@pytest.fixture(scope="module")
def keys(aws) -> dict[str, str]:
    return session_of_a_role(aws, "nothing")


@pytest.mark.parametrize("service", services())
def test_a_role_without_a_policy_may_do_nothing(aws, keys, service):
    client, escaped = _client(aws, keys, service), []
    model = client.meta.service_model
    for name in model.operation_names:
        operation = model.operation_model(name)
        response = None if operation.has_event_stream_input else _answer(client, operation)
        if response and f"{model.service_name}:{name}" not in ALLOWED:
            escaped.append(f"{name}: {response}")
    assert escaped == []


def test_the_registry_holds_a_login_to_its_policies(aws, keys):
    name = "team/denied"
    aws.client("ecr").create_repository(repositoryName=name)
    policy = {"Statement": [{"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"}]}
    aws.client("iam").put_role_policy(RoleName="nothing", PolicyName="login", PolicyDocument=json.dumps(policy))
    try:
        denied = Registry(aws, name, keys)
        assert denied.send("GET", "/v2/").status == 200
        for method, path in (
            ("POST", "blobs/uploads/"),
            ("GET", "manifests/1"),
            ("PUT", "manifests/1"),
            ("GET", "tags/list"),
        ):
            response = denied.send(method, f"/v2/{name}/{path}")
            assert (response.status, response.json()["errors"][0]["code"]) == (403, "DENIED"), path
        assert denied.send("GET", "/v2/_catalog").status == 403
        assert Registry(aws, name).push("1").status == 201
    finally:
        aws.client("iam").delete_role_policy(RoleName="nothing", PolicyName="login")


def test_only_the_account_itself_may_interrupt_a_job(aws, keys):
    assert send(aws, "sagemaker", b"", path="/_local/sagemaker/interrupt/any", **keys).status == 403
    assert send(aws, "sagemaker", b"", path="/_local/sagemaker/interrupt/any").status == 404


def _client(aws, keys, service) -> Any:
    config = Config(
        parameter_validation=False,
        retries={"total_max_attempts": 1},
        s3={"addressing_style": "path"},
        inject_host_prefix=False,
    )
    return boto3.client(service, endpoint_url=aws.url, region_name="us-east-1", config=config, **keys)


def _answer(client: Any, operation: OperationModel) -> str | None:
    """What came instead of a refusal, or None."""
    request = _smallest(operation.input_shape) if operation.input_shape else {}
    try:
        getattr(client, xform_name(operation.name))(**request)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        return None if any(word in code for word in (*REFUSALS, *BEFORE_IAM)) else code
    except (EndpointConnectionError, urllib3.exceptions.LocationParseError):
        return None  # a host name that this machine does not resolve
    return "allowed"


def _smallest(shape: Shape, name: str = "", outer: tuple[str, ...] = ()) -> Any:
    """A value that a shape's constraints allow, as far as they matter here."""
    least = max(1, int(shape.metadata.get("min", 1)))
    if shape.type_name == "structure":
        members = shape.required_members or (list(shape.members)[:1] if shape.is_tagged_union else [])
        inner = (*outer, shape.name)
        return (
            {}
            if shape.name in outer
            else {member: _smallest(shape.members[member], member, inner) for member in members}
        )
    if shape.type_name == "list":
        return [] if len(outer) > 8 else [_smallest(shape.member, name, outer)] * least
    if shape.type_name == "map":
        return {"key": _smallest(shape.value, name, outer)}
    if shape.type_name == "string":
        arn = "arn:aws:iam::123456789012:role/a-name-that-is-long-enough"
        return (shape.enum or [arn if name.lower().endswith("arn") else "name".ljust(least, "a")])[0]
    values = {"boolean": True, "blob": b"x", "float": 1.0, "double": 1.0, "timestamp": 1700000000}
    return values.get(shape.type_name, least)
