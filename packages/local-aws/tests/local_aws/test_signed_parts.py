"""What is verified of a request is what it is then taken for: no second credential, no second service."""

from __future__ import annotations

import json
from pathlib import Path

import boto3
import pytest
import urllib3
from botocore.config import Config

from tests.local_aws import launcher
from tests.local_aws.conftest import PLAIN
from tests.local_aws.launcher import running_local_aws
from tests.local_aws.signed import send, signature
from tests.local_aws.test_denials import session_of_a_role

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
LIST_USERS = b"Action=ListUsers&Version=2010-05-08"
ROOT = "123456789012/20260101/us-east-1/iam/aws4_request"


@pytest.fixture(scope="module")
def aws():
    with running_local_aws(*PLAIN, "--iam") as server:
        server.client("s3").create_bucket(Bucket="bucket")
        server.client("s3").put_object(Bucket="bucket", Key="key", Body=b"content")
        yield server


@pytest.fixture(scope="module")
def keys(aws):
    """The session of a role that has no policy."""
    return session_of_a_role(aws, "nobody")


def plain(aws, method, path, headers=None, body=b""):
    return urllib3.request(method, aws.url + path, headers=headers, body=body, retries=False, timeout=10)


def presigned(aws, version, method="get_object", keys=None, **more):
    own = {"aws_access_key_id": "123456789012", "aws_secret_access_key": aws.secret}
    config = Config(signature_version="s3v4") if version == 4 else None
    client = boto3.client("s3", endpoint_url=aws.url, region_name="us-east-1", config=config, **(keys or own))
    return client.generate_presigned_url(method, Params={"Bucket": "bucket", "Key": "key", **more})


def test_a_second_credential_in_the_header_is_refused(aws, keys):
    signed = signature(aws, "iam", LIST_USERS, FORM, **keys)
    assert plain(aws, "POST", "/", signed, LIST_USERS).status == 403
    signed["Authorization"] = signed["Authorization"].replace("Credential=", f"Credential={ROOT}, Credential=")
    response = plain(aws, "POST", "/", signed, LIST_USERS)
    assert response.status in (400, 403)
    assert b"Credential" in response.data or b"credentials" in response.data


@pytest.mark.parametrize("name", ["X-Amz-Credential", "x-amz-credential", "X-Amz-Algorithm", "AWSAccessKeyId"])
def test_a_second_credential_in_the_query_is_refused(aws, keys, name):
    url = f"{presigned(aws, 2, keys=keys)}&{name}={ROOT}"
    assert urllib3.request("GET", url).status in (400, 403)
    path = f"/?{name}={ROOT}"
    signed = signature(aws, "iam", LIST_USERS, FORM, path="/", **keys)
    assert plain(aws, "POST", path, signed, LIST_USERS).status in (400, 403)


@pytest.mark.parametrize("version", [2, 4])
@pytest.mark.parametrize("more", ["&Action=ListUsers&Version=2010-05-08", "&Action=DescribeVpcs"])
def test_a_presigned_url_of_an_object_is_no_other_request(aws, version, more):
    url = presigned(aws, version)
    assert urllib3.request("GET", url).data == b"content"
    assert urllib3.request("GET", url + more).status in (401, 403)


@pytest.mark.parametrize("version", [2, 4])
def test_the_body_of_a_presigned_upload_names_no_other_service(aws, version):
    url = presigned(aws, version, "put_object")
    headers = FORM if version == 4 else {}
    response = urllib3.request("PUT", url, headers=headers, body=b"Action=DescribeVpcs&Version=2016-11-15")
    assert (response.status, b"Vpc" in response.data) == (200, False)
    body = aws.client("s3").get_object(Bucket="bucket", Key="key")["Body"].read()
    aws.client("s3").put_object(Bucket="bucket", Key="key", Body=b"content")
    assert body.startswith(b"Action=DescribeVpcs")


def form(aws, version, keys=None, expires=60):
    """The address and the fields of an upload form, whose policy allows up to 10 bytes."""
    own = {"aws_access_key_id": "123456789012", "aws_secret_access_key": aws.secret}
    config = Config(signature_version="s3v4") if version == 4 else None
    client = boto3.client("s3", endpoint_url=aws.url, region_name="us-east-1", config=config, **(keys or own))
    limit = ["content-length-range", 1, 10]
    post = client.generate_presigned_post("bucket", "form", Conditions=[limit], ExpiresIn=expires)
    return post["url"], post["fields"]


def uploaded(url, fields, content=b"content", headers=None):
    parts = {**fields, "file": ("name.txt", content)}
    response = urllib3.request("POST", url, fields=parts, headers=headers, retries=False, timeout=10)
    return response.status, response.data.decode()


@pytest.mark.parametrize("version", [2, 4])
def test_an_upload_form_is_bound_to_its_policy(aws, version):
    url, fields = form(aws, version)
    assert uploaded(url, fields)[0] == 204
    assert aws.client("s3").get_object(Bucket="bucket", Key="form")["Body"].read() == b"content"
    assert "Policy Condition failed" in uploaded(url, {**fields, "key": "another"})[1]
    assert "<Code>EntityTooLarge</Code>" in uploaded(url, fields, b"x" * 11)[1]
    assert "Policy expired" in uploaded(*form(aws, version, expires=-1))[1]


@pytest.mark.parametrize("version", [2, 4])
def test_an_upload_form_needs_its_signature(aws, version):
    url, fields = form(aws, version)
    status, text = uploaded(url, {**fields, "policy": fields["policy"][::-1]})
    assert (status, "<Code>SignatureDoesNotMatch</Code>" in text) == (403, True)
    name = "signature" if version == 2 else "x-amz-signature"
    assert uploaded(url, {key: value for key, value in fields.items() if key != name})[0] == 403
    assert uploaded(url, {"key": "form"})[0] == 403


def test_an_upload_form_reaches_objects_only(aws):
    url, fields = form(aws, 4)
    for target in (f"{aws.url}/?Action=ListUsers&Version=2010-05-08", f"{url}?delete"):
        assert uploaded(target, fields)[0] in (400, 403)
    other = {"X-Amz-Target": "SageMaker.ListModels"}
    assert uploaded(aws.url, fields, headers=other)[0] in (400, 403)


@pytest.mark.parametrize("version", [2, 4])
def test_an_upload_form_has_the_permissions_of_its_signer(aws, keys, version):
    status, text = uploaded(*form(aws, version, keys))
    assert (status, "<Code>AccessDenied</Code>" in text) == (403, True)


def posted(url, parts):
    response = urllib3.request("POST", url, fields=parts, retries=False, timeout=10)
    return response.status, response.data.decode()


def test_fields_below_the_file_of_an_upload_form_are_ignored(aws):
    url, fields = form(aws, 4)
    file = ("file", ("name.txt", b"content"))
    assert posted(url, [*fields.items(), file, ("submit", "Upload to Amazon S3"), ("key", "another")])[0] == 204
    assert posted(url, [file, *fields.items()])[0] == 403


def test_the_fields_of_an_upload_form_have_a_limit(aws):
    url, fields = form(aws, 4)
    status, text = uploaded(url, {**fields, "x-ignore-a": "x" * (20 << 10)})
    assert (status, "<Code>MaxPostPreDataLengthExceededError</Code>" in text) == (400, True)


@pytest.mark.parametrize("name", ["AWSAccessKeyId", "x-amz-credential"])
def test_an_upload_form_names_its_credentials_once(aws, keys, name):
    url, fields = form(aws, 4, keys)
    parts = [(name, ROOT.replace("/iam/", "/s3/")), *fields.items(), ("file", ("name.txt", b"content"))]
    assert posted(url, parts)[0] == 400


@pytest.mark.parametrize("header", ["x-amz-copy-source", "x-amz-meta-a", "x-amz-acl"])
def test_a_header_of_aws_has_to_be_signed(aws, header):
    response = urllib3.request("PUT", presigned(aws, 4, "put_object"), headers={header: "/bucket/key"}, body=b"x")
    assert (response.status, b"not signed" in response.data) == (403, True)
    signed = signature(aws, "s3", b"", {}, method="GET", path="/bucket/key")
    assert plain(aws, "GET", "/bucket/key", signed | {header: "a"}).status == 403


@pytest.mark.parametrize("path", ["/v2/x", "/v2/apis", "/v2/email/identities", "/v2/email/x/manifests/1"])
def test_a_login_to_the_registry_opens_nothing_else(aws, keys, path):
    issued = aws.client("ecr").get_authorization_token()["authorizationData"][0]["authorizationToken"]
    login = {"Authorization": f"Basic {issued}"}
    assert plain(aws, "POST", path, {**FORM, **login}, LIST_USERS).status in (400, 401, 403)
    target = {"X-Amz-Target": "secretsmanager.ListSecrets", "Content-Type": "application/x-amz-json-1.1"}
    assert plain(aws, "POST", path, {**target, **login}, b"{}").status in (400, 401, 403)


@pytest.mark.parametrize("service", ["apigatewayv2", "sesv2"])
def test_services_below_the_registrys_path_are_reached(aws, service):
    client = aws.client(service)
    assert (client.get_apis if service == "apigatewayv2" else client.list_email_identities)()


def test_another_accounts_login_opens_no_repository_of_this_one(aws):
    aws.client("ecr").create_repository(repositoryName="closed")
    token = aws.client("ecr", aws_access_key_id="999999999999").get_authorization_token()
    login = {"Authorization": f"Basic {token['authorizationData'][0]['authorizationToken']}"}
    assert plain(aws, "GET", "/v2/", login).status == 200  # a separate registry
    assert plain(aws, "GET", "/v2/closed/tags/list", login).status == 403


def test_a_functions_archive_takes_its_presigned_url(aws, keys):
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    aws.client("iam").create_role(RoleName="lambda", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
    launcher.create_function(aws, "secret", "def handler(event, context):\n    return 1\n")
    path = "/_ministack/lambda-code/123456789012/us-east-1/secret"
    assert send(aws, "lambda", b"", method="GET", path=path, **keys).status == 404


@pytest.mark.parametrize("version", [2, 4])
def test_a_presigned_url_may_name_the_headers_of_its_answer(aws, version):
    disposition = 'attachment; filename="x y.csv"'
    response = urllib3.request("GET", presigned(aws, version, ResponseContentDisposition=disposition))
    assert (response.status, response.headers["Content-Disposition"]) == (200, disposition)


@pytest.mark.parametrize("key", ["a b", "a+b", "a~b", "ü", "a//b", "/a", "a%41", "a?b", "a#b", "a&b", "q'()!*", ".."])
def test_every_key_can_be_signed(aws, key):
    s3 = aws.client("s3")
    s3.put_object(Bucket="bucket", Key=key, Body=b"x")
    assert s3.get_object(Bucket="bucket", Key=key)["Body"].read() == b"x"
    s3.delete_object(Bucket="bucket", Key=key)


def test_a_path_that_is_signed_encoded_may_be_sent_as_it_is(aws):
    aws.client("s3").put_object(Bucket="bucket", Key="q'()!*", Body=b"x")
    signed = signature(aws, "s3", b"", {}, method="GET", path="/bucket/q%27%28%29%21%2A")
    assert plain(aws, "GET", "/bucket/q'()!*", signed).status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/b/k?AWSAccessKeyId=123456789012&Signature=%C3%A9&Expires=9999999999",
        "/b/k?AWSAccessKeyId=123456789012&Signature=x&Expires=%C2%B2",
        f"/b/k?AWSAccessKeyId=123456789012&Signature=x&Expires={'9' * 5000}",
        "/[x?AWSAccessKeyId=123456789012&Signature=x&Expires=9999999999",
        *(
            "/b/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=123456789012/20260101/us-east-1/s3/aws4_request"
            f"&X-Amz-Date=20260101T000000Z&X-Amz-SignedHeaders=host&X-Amz-Signature=x&X-Amz-Expires={seconds}"
            for seconds in (10**12, 10**20)
        ),
    ],
)
def test_nonsense_for_a_signature_is_refused_without_a_traceback(aws, path):
    assert plain(aws, "GET", path).status in (400, 403)
    assert "Traceback" not in Path(aws.ready["log"]).read_text()


def test_an_unsigned_body_is_bounded(aws):
    response = plain(aws, "PUT", "/_ministack/cfn-response/any", body=b"x" * (2 << 20))
    assert response.status == 400
