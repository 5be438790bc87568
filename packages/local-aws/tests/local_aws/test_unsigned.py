"""AssumeRoleWithSAML takes no signature; nothing else gets in by its way."""

from __future__ import annotations

import gzip
from urllib.parse import urlencode

import pytest
import urllib3

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
REQUEST = {
    "Action": "AssumeRoleWithSAML",
    "Version": "2011-06-15",
    "RoleArn": "arn:aws:iam::123456789012:role/people",
    "PrincipalArn": "arn:aws:iam::123456789012:saml-provider/missing",
    "SAMLAssertion": "PGEvPg==",
}
SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=123456789012/20261130/us-east-1/iam/aws4_request"}
IN_FORM = "123456789012/20261130/us-east-1/iam/aws4_request"


@pytest.fixture(scope="module", params=["plain_aws", "iam_aws"])
def aws(request):
    """A server without IAM, and one that enforces it."""
    return request.getfixturevalue(request.param)


def post(aws, fields, headers=None, *, path="/", body=None, method="POST"):
    content = urlencode(fields).encode() if body is None else body
    return urllib3.request(
        method, aws.url + path, headers={**FORM, **(headers or {})}, body=content, retries=False, timeout=10
    )


def test_the_operation_is_answered_without_a_signature(aws):
    response = post(aws, REQUEST)
    assert response.status == 400
    assert b"Specified provider doesn" in response.data
    assert b"<Code>InvalidIdentityToken</Code>" in response.data


@pytest.mark.parametrize(
    "fields",
    [
        {**REQUEST, "Action": "AssumeRoleWithWebIdentity", "WebIdentityToken": "a.b.c"},
        {**REQUEST, "Action": "AssumeRole"},
        {**REQUEST, "Action": "ListRoles", "Version": "2010-05-08"},
        [*REQUEST.items(), ("Action", "ListRoles")],
        [("Action", "ListRoles"), *REQUEST.items()],
        {**REQUEST, "X-Amz-Credential": IN_FORM, "X-Amz-Algorithm": "AWS4-HMAC-SHA256"},
        {**REQUEST, "AWSAccessKeyId": "123456789012", "Signature": "x"},
        {**REQUEST, "UserName": "ada"},
        {},
    ],
    ids=["a token", "a role", "IAM", "two actions", "two others", "a scope", "a key", "a parameter", "nothing"],
)
def test_other_forms_need_a_signature(aws, fields):
    response = post(aws, fields)
    assert response.status == 403
    assert b"MissingAuthenticationToken" in response.data


@pytest.mark.parametrize(
    ("headers", "options"),
    [
        (SIGNED, {}),
        ({}, {"path": "/bucket"}),
        ({}, {"path": "/?Action=ListRoles"}),
        ({}, {"method": "PUT"}),
        ({"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "SageMaker.ListModels"}, {}),
    ],
    ids=["half a signature", "a path", "a query", "a method", "another protocol"],
)
def test_other_requests_need_a_signature(aws, headers, options):
    response = post(aws, REQUEST, headers, **options)
    assert response.status in (400, 403)
    assert b"Specified provider doesn" not in response.data
    assert b"Signature" in response.data or b"Authentication Token" in response.data


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Amz-Target": "SageMaker.ListModels"},
        {"X-Amz-Target": "AmazonSSM.DescribeParameters"},
        {"Host": "iam.localhost"},
        {"Host": "function.lambda-url.us-east-1.localhost"},
        {"X-Amz-Security-Token": "any"},
    ],
    ids=str,
)
def test_headers_name_no_other_service(aws, headers):
    response = post(aws, REQUEST, headers)
    assert b"Specified provider doesn" in response.data


def test_a_packed_body_is_not_unpacked(aws):
    packed = gzip.compress(urlencode(REQUEST).encode())
    assert post(aws, {}, {"Content-Encoding": "gzip"}, body=packed).status == 403


@pytest.mark.parametrize("size", [1 << 20, 2 << 20])
def test_a_large_form_needs_a_signature(aws, size):
    assert post(aws, {**REQUEST, "Zz": "a" * size}).status in (400, 403)


def test_a_web_page_can_not_send_it(aws):
    response = post(aws, REQUEST, {"Origin": "https://evil.example"})
    assert (response.status, b"does not answer" in response.data) == (403, True)


def test_a_missing_member_is_named(aws):
    response = post(aws, {name: text for name, text in REQUEST.items() if name != "RoleArn"})
    assert response.status == 400
    assert b"'roleArn' failed to satisfy constraint: Member must not be null" in response.data
