"""Whatever is sent to an operation, the answer is one that AWS gives: no HTTP 500, no traceback, no broken JSON."""

from __future__ import annotations

import pytest
from botocore.model import OperationModel

from tests.fuzz.answers import problems
from tests.fuzz.conftest import tracebacks
from tests.fuzz.examples import prepared
from tests.fuzz.requests import Request, all_operations, probe, requests
from tests.fuzz.seed import REQUESTS, SEED
from tests.fuzz.values import BUCKET
from tests.local_aws.launcher import LocalAws
from tests.local_aws.signed import send

SHOWN = 10


def answered(aws: LocalAws, request: Request) -> tuple[int, bytes]:
    signed_for = request.service.signing_name
    response = send(aws, signed_for, request.body, request.headers, method=request.method, path=request.path)
    return response.status, response.data


def implemented(aws: LocalAws, operation: OperationModel) -> bool:
    """Others get the same answer, whatever is in a request; some of them are newer than the local AWS's models."""
    status, body = answered(aws, probe(operation))
    return status != 501 and b"UnknownOperationException" not in body


@pytest.fixture(scope="module")
def operations(fuzzed_aws):
    return [operation for operation in all_operations() if implemented(fuzzed_aws, operation)]


def test_requests_by_chance_get_answers_that_aws_gives(fuzzed_aws, operations):
    fuzzed_aws.client("s3").create_bucket(Bucket=BUCKET)
    identifiers = prepared(fuzzed_aws)
    failures = []
    for number, request in enumerate(requests(operations, identifiers, SEED, REQUESTS)):
        status, body = answered(fuzzed_aws, request)
        failures += [f"request {number}, {problem}\n  {request}" for problem in problems(request, status, body)]
    report = "\n".join(failures[:SHOWN])
    assert not failures, f"{len(failures)} of {REQUESTS} with FUZZ_SEED={SEED}:\n{report}"


def test_the_server_has_logged_no_traceback_and_still_answers(fuzzed_aws, operations):
    assert len(operations) > 90
    assert fuzzed_aws.client("sagemaker").list_models()["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert tracebacks(fuzzed_aws) == []
