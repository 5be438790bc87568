"""Each constraint of each member of the emulator's services broken once: refused before the service sees it.

The check that every request passes is called with requests as a client sends them; one of each goes to a server.
"""

from __future__ import annotations

import re
from collections import Counter
from contextlib import suppress
from functools import cache
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.serialize import create_serializer

from local_aws.api.service import service_model
from local_aws.front.constraints import RULES, refusing_broken
from local_aws.front.requests import MODELS
from tests.conformance.own_words import CODES, refusal_of
from tests.conformance.readme import number
from tests.conformance.sending import sendable
from tests.conformance.variants import Variant, variants
from tests.local_aws.launcher import PYTHON, LocalAws

SHOWN = 10
OTHERS = re.compile(
    r"(element |Map (keys|value) )?(unknown|null|shortest|longest|unicode|last|most|smallest|largest)\b"
)
"""Not sent: unknown members, which pass, nulls, which only JSON has, and values at limits."""
ROUTED = ("lambda", "scheduler")
"""Services whose operations are found by their paths."""
TOLERATED = {("sqs", "ReceiveMessage", "AttributeNames")}
"""Members whose constraints AWS is known not to hold requests to."""


def broken(service: str) -> list[Variant]:
    """Every request that breaks a constraint, and that a client's serializer can express."""
    model, others = service_model(MODELS[service]), set[tuple[str, str]]()
    names = [name for name in model.operation_names if service in ROUTED or name in _known()]
    operations = [model.operation_model(name) for name in names]
    every = (variant for operation in operations for variant in variants(operation, others))
    return [
        each
        for each in every
        if not each.wrong_type
        and not OTHERS.match(each.what)
        and sendable(each)
        and (service, each.operation.name, each.member) not in TOLERATED
    ]


@cache
def _known() -> frozenset[str]:
    """The words of the emulator's source, in which are the names of the operations that it has."""
    (folder,) = PYTHON.parents[1].glob("lib/python3.*/site-packages/ministack/services")
    return frozenset(word for path in folder.rglob("*.py") for word in re.findall(r'"([A-Z]\w+)"', path.read_text()))


def sent(variant: Variant) -> dict[str, Any] | None:
    """The request as a client sends it; None where its protocol can't express it."""
    model = variant.operation.service_model
    if model.resolved_protocol in ("query", "ec2") and _has_nothing(variant.request):
        return None
    serializer = create_serializer(model.resolved_protocol, include_validation=False)
    request: dict[str, Any] = serializer.serialize_to_request(variant.request, variant.operation)
    return request


def _has_nothing(value: Any) -> bool:
    """Whether there is an empty list or structure in it, which the query protocol can't express."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return value in ({}, []) or any(map(_has_nothing, inside))


def answered(service: str, request: dict[str, Any]) -> str | None:
    """What the check says; None where it lets the request pass."""
    refusals: list[str] = []

    async def passed(*_request: Any) -> Any:
        return None

    def refuse(_service: str, error: Any, _headers: Any) -> Any:
        refusals.append(f"{error.code}: {error.message}")

    headers = {name.lower(): value for name, value in request["headers"].items()}
    path, _, fixed = request["url_path"].partition("?")
    query = parse_qs(fixed, keep_blank_values=True) | {
        name: _texts(value) for name, value in (request["query_string"] or {}).items()
    }
    handler = refusing_broken(service, passed, refuse)
    call = handler(request["method"], unquote(path), headers, _body(request["body"]), query)
    with suppress(StopIteration):
        call.send(None)  # it waits for nothing
    return refusals[0] if refusals else None


def _texts(value: Any) -> list[str]:
    return [str(item) for item in (value if isinstance(value, list) else [value])]


def _body(body: Any) -> bytes:
    if isinstance(body, dict):
        return urlencode(body).encode()
    return body if isinstance(body, bytes) else str(body).encode()


@pytest.fixture(scope="module")
def outcomes() -> tuple[Counter[str], list[str]]:
    counts, wrong = Counter(), []
    for service in RULES:
        for variant in broken(service):
            request = sent(variant)
            if request is None:
                continue
            counts[service] += 1
            refusal = answered(service, request)
            if refusal is None or not re.fullmatch(refusal_of(service, variant), refusal, re.DOTALL):
                wrong.append(f"{variant}\n  {refusal!r:.300}")
    return counts, wrong


def test_every_broken_constraint_is_refused(outcomes):
    counts, wrong = outcomes
    assert not wrong, f"{len(wrong)} of {counts.total()}:\n" + "\n".join(wrong[:SHOWN])


def test_the_readme_says_how_many_constraints_of_the_emulator_these_are(outcomes):
    counts, _ = outcomes
    assert counts.total() == pytest.approx(number("about", "requests to the emulator's services"), rel=0.03), counts


ON_THE_WIRE = {
    "cloudformation": ("create_stack", {"StackName": "a b", "TemplateBody": "{}"}),
    "ec2": ("describe_instance_types", {"MaxResults": 1}),
    "ecr": ("create_repository", {"repositoryName": "A B"}),
    "events": ("put_rule", {"Name": "a b"}),
    "iam": ("create_role", {"RoleName": "a b", "AssumeRolePolicyDocument": "{}"}),
    "kms": ("create_key", {"KeySpec": "x"}),
    "lambda": ("get_function", {"FunctionName": "a b"}),
    "logs": ("create_log_group", {"logGroupName": "a b"}),
    "monitoring": ("put_metric_data", {"Namespace": "a", "MetricData": [{"MetricName": "a", "Unit": "b"}]}),
    "scheduler": ("get_schedule", {"Name": "a b"}),
    "secretsmanager": ("create_secret", {"Name": ""}),
    "sns": ("create_topic", {}),
    "sqs": ("send_message", {"QueueUrl": "http://127.0.0.1/123456789012/a"}),
    "ssm": ("get_parameter", {"Name": ""}),
    "states": ("start_execution", {"stateMachineArn": "", "name": "a"}),
    "sts": ("assume_role", {"RoleArn": "arn:aws:iam::123456789012:role/a", "RoleSessionName": "a b"}),
}


@pytest.mark.parametrize("service", sorted(RULES))
def test_a_client_gets_the_code_and_the_words(plain_aws: LocalAws, service):
    unchecked = Config(parameter_validation=False, retries={"total_max_attempts": 1})
    operation, request = ON_THE_WIRE[service]
    with pytest.raises(ClientError) as refusal:
        getattr(plain_aws.client(MODELS[service], config=unchecked), operation)(**request)
    error = refusal.value.response["Error"]
    code = CODES.get(service, "MissingParameter" if service == "sqs" else "InvalidParameterValue")
    assert (error["Code"], refusal.value.response["ResponseMetadata"]["HTTPStatusCode"]) == (code, 400)
    assert re.search("failed to satisfy constraint|is invalid|must (contain|be a value in)", error["Message"])


def test_a_member_that_the_model_lacks_passes(plain_aws: LocalAws):
    sts = plain_aws.client("sts", config=Config(user_agent_extra="own"))
    sts.meta.events.register("before-call.sts.GetCallerIdentity", _add_unknown_member)
    assert sts.get_caller_identity()["Account"] == "123456789012"


def _add_unknown_member(params: dict[str, Any], **_event: Any) -> None:
    params["body"]["Zz"] = "1"


def test_a_dry_run_makes_nothing(plain_aws: LocalAws):
    ec2 = plain_aws.client("ec2")
    before = len(ec2.describe_vpcs()["Vpcs"])
    with pytest.raises(ClientError, match="DryRunOperation") as refusal:
        ec2.create_vpc(CidrBlock="10.9.0.0/16", DryRun=True)
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 412
    assert len(ec2.describe_vpcs()["Vpcs"]) == before
