"""What the runtime API refuses before a container sees it, and what becomes of a client or container that leaves."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.local_aws import signed
from tests.local_aws.plain_endpoints import server

MAX_BODY = 6_291_456
"""The length in botocore's model of InvokeEndpoint."""


@pytest.fixture(scope="module")
def name(plain_aws):
    from tests.local_aws.plain_endpoints import PlainEndpoints

    plain_aws.client("s3").create_bucket(Bucket="invocation-limits")
    return PlainEndpoints(plain_aws, "invocation-limits").serving()


def refusal(endpoints, name, body=b"row", **members):
    with pytest.raises(ClientError) as error:
        endpoints.invoke(name, body, **members)
    return error.value.response["Error"]


def test_the_largest_body_passes_and_one_byte_more_is_refused(endpoints, name):
    assert len(endpoints.predict(name, b"x" * MAX_BODY)) == MAX_BODY + 2
    error = refusal(endpoints, name, b"x" * (MAX_BODY + 1))
    assert error["Code"] == "ValidationError"
    assert f"less than or equal to {MAX_BODY}" in error["Message"]


@pytest.mark.parametrize(
    ("member", "value", "constraint"),
    [
        (
            "CustomAttributes",
            "x" * 1025,
            "'customAttributes' failed to satisfy constraint: Member must have length",
        ),
        ("InferenceId", "x" * 65, "'inferenceId' failed to satisfy constraint: Member must have length"),
        ("TargetVariant", "no name", "'targetVariant' failed to satisfy constraint: Member must satisfy regular"),
    ],
)
def test_a_member_beyond_its_limits_is_refused(endpoints, name, member, value, constraint):
    error = refusal(endpoints, name, **{member: value})
    assert error["Code"] == "ValidationError"
    assert constraint in error["Message"]


def test_an_unknown_variant_is_refused(endpoints, name):
    error = refusal(endpoints, name, TargetVariant="other")
    assert (error["Code"], "Variant other not found" in error["Message"]) == ("ValidationError", True)


def test_an_unknown_endpoint_is_refused_in_aws_words(endpoints):
    error = refusal(endpoints, "no-such-endpoint")
    assert error["Message"] == "Endpoint no-such-endpoint of account 123456789012 not found."


@pytest.mark.parametrize("member", ["TargetModel", "TargetContainerHostname"])
def test_targets_within_an_endpoint_need_the_mode_for_them(endpoints, name, member):
    assert refusal(endpoints, name, **{member: "first"})["Code"] == "ValidationError"


def test_only_the_operations_paths_and_post_are_known(plain_aws, name):
    for method, path in (("GET", "invocations"), ("POST", "predictions")):
        response = signed.send(plain_aws, "sagemaker", b"", method=method, path=f"/endpoints/{name}/{path}")
        assert (response.status, response.headers["x-amzn-errortype"]) == (404, "UnknownOperationException")


def test_a_container_that_closes_kept_connections_loses_no_request(endpoints):
    closing = server("""
def once(self, body):
    self.answer(200, body)
    self.close_connection = True
Handler.predict = once
""")
    name = endpoints.serving(closing)
    assert [endpoints.predict(name, b"%d" % number) for number in range(50)] == [b"%d" % number for number in range(50)]


def test_a_response_without_a_length_ends_with_its_connection(endpoints):
    endless = server("""
def endless(self, body):
    self.send_response(200)
    self.send_header("Connection", "close")
    self.end_headers()
    self.wfile.write(body * 1000)
    self.close_connection = True
Handler.predict = endless
""")
    assert endpoints.predict(endpoints.serving(endless)) == b"row" * 1000


def test_a_response_that_is_no_http_becomes_a_model_error(endpoints):
    name = endpoints.serving(server("Handler.predict = lambda self, body: self.wfile.write(b'hello\\n\\n')"))
    error = refusal(endpoints, name)
    assert error["Code"] == "ModelError"


def test_a_request_that_ends_its_container_is_sent_to_no_other(endpoints, tmp_path):
    deadly = server(f"""
def deadly(self, body):
    if body == b"end":
        open(f"{tmp_path}/{{os.getpid()}}", "w").close()
        time.sleep(0.2)
        os._exit(9)
    self.answer(200, body)
Handler.predict = deadly
""")
    variant = endpoints.variant(endpoints.model(deadly), InitialInstanceCount=2)
    name = endpoints.start(endpoints.config(variant))
    endpoints.wait(name)
    for _ in range(4):  # so that connections are kept
        endpoints.predict(name)
    assert refusal(endpoints, name, b"end")["Code"] == "ModelError"
    assert len(list(tmp_path.iterdir())) == 1
