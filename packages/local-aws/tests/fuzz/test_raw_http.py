"""HTTP that no client sends: no HTTP 500 from the services of the local AWS, no hang, no file of this machine."""

from __future__ import annotations

from tests.fuzz.conftest import tracebacks
from tests.fuzz.raw_http import mixtures, sent, singles, status
from tests.fuzz.seed import REQUESTS, SEED

LARGE = 1_000_000


def wrong(message, response):
    """What is wrong with an answer, or None."""
    code = status(response)
    if code >= 500 and code != 501:
        return f"HTTP {code}: {response[-300:]!r}"
    if b"root:x" in response or len(response) > LARGE:
        return f"{len(response)} bytes: {response[:300]!r}"
    return None


def test_malformed_http_gets_no_server_error_and_no_hang(fuzzed_aws):
    fuzzed_aws.client("s3").create_bucket(Bucket="fuzz")
    failures = []
    for message in (*singles(), *mixtures(SEED, REQUESTS // 5)):
        try:
            response = sent(fuzzed_aws, message)
        except TimeoutError:
            failures.append(f"no answer\n  {message}")
            continue
        if problem := wrong(message, response):
            failures.append(f"{problem}\n  {message}")
    assert not failures, f"{len(failures)} with FUZZ_SEED={SEED}:\n" + "\n".join(failures[:10])


def test_the_server_still_answers_and_its_own_code_did_not_fail(fuzzed_aws):
    assert fuzzed_aws.client("sagemaker").list_models()["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert tracebacks(fuzzed_aws) == []
