"""Nothing is answered without a signature: not for a web page, not for another user of this machine."""

from __future__ import annotations

import hashlib
import json
import socket
import stat
import time
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import boto3
import botocore.auth
import pytest
import urllib3
from botocore.config import Config
from botocore.exceptions import ClientError

from local_aws.settings import secret_of
from tests.local_aws import launcher
from tests.local_aws.conftest import PLAIN
from tests.local_aws.launcher import running_local_aws
from tests.local_aws.signed import call, send, signature

JSON = {"Content-Type": "application/x-amz-json-1.1"}
TEMPLATE = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
STACK = {"Action": "CreateStack", "StackName": "evil", "Version": "2010-05-15", "TemplateBody": json.dumps(TEMPLATE)}
FORGED = {
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": "123456789012/20261128/us-east-1/cloudformation/aws4_request",
    "X-Amz-Date": time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()),
    "X-Amz-SignedHeaders": "host",
    "X-Amz-Signature": "00",
}


@pytest.fixture(scope="module", params=["open", "iam"])
def aws(request):
    """A server with IAM enforced, and one without: both check signatures."""
    with running_local_aws(*PLAIN, *(("--iam",) if request.param == "iam" else ())) as server:
        yield server


def plain(aws, method, path, headers=None, body=b""):
    return urllib3.request(method, aws.url + path, headers=headers, body=body, retries=False, timeout=10)


def error_of(refused):
    return refused.value.response["Error"]["Code"]


@pytest.mark.parametrize("query", [STACK, {**STACK, **FORGED}], ids=["unsigned", "forged"])
@pytest.mark.parametrize("headers", [{}, {"Referer": "https://evil.example/"}], ids=["plain", "as an image sends it"])
def test_a_query_request_deploys_nothing(aws, query, headers):
    assert plain(aws, "GET", f"/?{urlencode(query)}", headers).status in (400, 403)
    assert aws.client("cloudformation").describe_stacks()["Stacks"] == []


@pytest.mark.parametrize(
    ("method", "path", "headers", "body"),
    [
        ("POST", "/", {**JSON, "X-Amz-Target": "SageMaker.ListModels"}, b"{}"),
        ("POST", "/", {**JSON, "X-Amz-Target": "ServiceQuotasV20190624.ListServiceQuotas"}, b'{"ServiceCode": "s3"}'),
        ("POST", "/", {**JSON, "X-Amz-Target": "AnyScaleFrontendService.DescribeScalableTargets"}, b"{}"),
        ("POST", "/", {**JSON, "X-Amz-Target": "ElasticMapReduce.ListClusters"}, b"{}"),
        ("GET", "/applications", {"Host": "127.0.0.1"}, b""),
        ("GET", "/", {}, b""),
        ("PUT", "/bucket", {}, b""),
        ("POST", "/endpoints/any/invocations", {}, b"1,2"),
        ("POST", "/_local/sagemaker/interrupt/job", {}, b""),
        ("POST", "/_ministack/reset", {}, b""),
        ("POST", "/_ministack/config", JSON, b"{}"),
        ("GET", "/_ministack/ses/messages", {}, b""),
        ("GET", "/_ministack/lambda-code/123456789012/us-east-1/any", {}, b""),
        ("GET", "/v2/", {}, b""),
        ("POST", "/v2/any/blobs/uploads/", {}, b""),
        ("OPTIONS", "/", {}, b""),
    ],
)
def test_an_unsigned_request_is_refused(aws, method, path, headers, body):
    assert plain(aws, method, path, headers, body).status in (400, 401, 403)


def test_the_health_address_needs_no_signature(aws):
    assert plain(aws, "GET", "/_ministack/health").status == 200


@pytest.mark.parametrize("path", ["/_ministack/reset", "/_ministack/config", "/_localstack/init"])
def test_the_emulators_administration_is_closed_to_everyone(aws, path):
    assert send(aws, "s3", b"", path=path).status == 404
    aws.client("sts").get_caller_identity()


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Mode": "no-cors"},
        {"Host": "evil.example"},
        {"Host": "evil.example:4566"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "localhost:4566:80"},
        {"Host": ""},
    ],
    ids=str,
)
def test_what_a_browser_sends_is_refused_even_when_signed(aws, headers):
    signed = signature(aws, "s3", b"", {}, method="GET")
    response = plain(aws, "GET", "/", {**signed, **headers})
    assert (response.status, b"does not answer" in response.data) == (403, True)


def test_a_web_socket_is_refused(aws):
    with socket.create_connection(("127.0.0.1", aws.port), timeout=5) as connection:
        connection.sendall(
            b"GET /_aws/execute-api/a/b HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        assert b" 403 " in connection.recv(100)


@pytest.mark.parametrize("service", ["s3", "sagemaker", "cloudformation", "iam", "ec2", "sqs", "logs"])
def test_a_wrong_secret_is_refused_in_the_services_words(aws, service):
    client = aws.client(service, aws_secret_access_key="local")
    call = {"s3": "list_buckets", "sagemaker": "list_models", "cloudformation": "list_stacks", "iam": "list_users"}
    call |= {"ec2": "describe_vpcs", "sqs": "list_queues", "logs": "describe_log_groups"}
    with pytest.raises(ClientError) as refused:
        getattr(client, call[service])()
    assert error_of(refused) in ("SignatureDoesNotMatch", "InvalidSignatureException", "AuthFailure")


def test_a_wrong_secret_is_refused_with_what_to_use(aws):
    with pytest.raises(ClientError, match="use the export lines that this server printed"):
        aws.client("sagemaker", aws_secret_access_key="local").list_models()


def test_an_unknown_access_key_is_refused(aws):
    with pytest.raises(ClientError) as refused:
        aws.client("sagemaker", aws_access_key_id="AKIAIOSFODNN7EXAMPLE").list_models()
    assert error_of(refused) == "UnrecognizedClientException"


def test_every_account_signs_with_the_secret_of_the_run(aws):
    other = aws.client("sts", aws_access_key_id="210987654321")
    assert other.get_caller_identity()["Account"] == "210987654321"


def test_the_session_of_a_role_needs_its_token(aws):
    iam, name = aws.client("iam"), f"role-{time.time_ns()}"
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    session = aws.client("sts").assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
    keys = {"aws_access_key_id": session["AccessKeyId"], "aws_secret_access_key": session["SecretAccessKey"]}
    with_token = aws.client("sts", **keys, aws_session_token=session["SessionToken"])
    assert with_token.get_caller_identity()["Arn"].endswith(f"assumed-role/{name}/session")
    with pytest.raises(ClientError):
        aws.client("sts", **keys).get_caller_identity()


@pytest.mark.parametrize("minutes", [-20, 20])
def test_a_request_signed_at_another_time_is_refused(aws, minutes, monkeypatch):
    moment = botocore.auth.get_current_datetime() + timedelta(minutes=minutes)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *_, **__: moment)
    response = call(aws, "SageMaker.ListModels", b"{}")
    assert response.status in (400, 403)
    assert b"Signature expired" in response.data or b"not yet current" in response.data


def test_a_signature_covers_the_body(aws):
    headers = {**JSON, "X-Amz-Target": "SageMaker.ListModels"}
    signed = signature(aws, "sagemaker", b"{}", headers)
    assert plain(aws, "POST", "/", signed, b'{"MaxResults": 1}').status == 400


def test_an_object_that_is_not_what_its_digest_says_is_refused(aws):
    aws.client("s3").create_bucket(Bucket="digests")
    signed = signature(aws, "s3", b"one", {}, method="PUT", path="/digests/key")
    assert signed["X-Amz-Content-SHA256"] == hashlib.sha256(b"one").hexdigest()
    response = plain(aws, "PUT", "/digests/key", signed, b"two")
    assert (response.status, b"XAmzContentSHA256Mismatch" in response.data) == (400, True)
    assert "Contents" not in aws.client("s3").list_objects_v2(Bucket="digests")


def test_more_than_an_object_can_hold_is_refused_before_it_is_read(aws):
    signed = signature(aws, "s3", b"", {"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"}, method="PUT", path="/digests/key")
    with socket.create_connection(("127.0.0.1", aws.port), timeout=10) as connection:
        head = "".join(f"{name}: {value}\r\n" for name, value in signed.items())
        connection.sendall(f"PUT /digests/key HTTP/1.1\r\nHost: 127.0.0.1:{aws.port}\r\n{head}".encode())
        connection.sendall(b"Content-Length: 100000000000000000000\r\n\r\n")
        assert connection.recv(20).startswith(b"HTTP/1.1 4")


def test_an_upload_that_breaks_off_leaves_no_object(aws):
    """Also where its signature says nothing of the body."""
    headers = {"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"}
    aws.client("s3").create_bucket(Bucket="broken-off")
    signed = signature(aws, "s3", b"", headers, method="PUT", path="/broken-off/key")
    with socket.create_connection(("127.0.0.1", aws.port), timeout=10) as connection:
        head = "".join(f"{name}: {value}\r\n" for name, value in signed.items())
        connection.sendall(f"PUT /broken-off/key HTTP/1.1\r\nHost: 127.0.0.1:{aws.port}\r\n{head}".encode())
        connection.sendall(b"Content-Length: 1000\r\n\r\nhalf of it")
    assert "Contents" not in aws.client("s3").list_objects_v2(Bucket="broken-off")


@pytest.mark.parametrize("version", ["2", "4"])
def test_a_presigned_url_of_an_object_is_good_until_it_expires(aws, version):
    """boto3 presigns by version 2 unless told otherwise."""
    keys = {"aws_access_key_id": "123456789012", "aws_secret_access_key": aws.secret, "region_name": "us-east-1"}
    s3 = boto3.client(
        "s3", endpoint_url=aws.url, config=Config(signature_version="s3v4") if version == "4" else None, **keys
    )
    bucket = f"presigned-{version}"
    s3.create_bucket(Bucket=bucket)
    where = {"Bucket": bucket, "Key": "a key/with ü"}
    put = s3.generate_presigned_url("put_object", Params=where)
    assert urllib3.request("PUT", put, body=b"content").status == 200
    url = s3.generate_presigned_url("get_object", Params=where)
    assert urllib3.request("GET", url).data == b"content"
    changed = urllib3.request("GET", url.replace("with", "without"))
    assert (changed.status, b"<Code>SignatureDoesNotMatch</Code>" in changed.data) == (403, True)
    old = s3.generate_presigned_url("get_object", Params=where, ExpiresIn=1)
    time.sleep(2.1)
    expired = urllib3.request("GET", old)
    assert expired.status == 403
    assert b"<Code>AccessDenied</Code><Message>Request has expired" in expired.data


@pytest.mark.parametrize("version", ["2", "4"])
def test_an_upload_form_is_signed_without_iam_too(aws, version):
    keys = {"aws_access_key_id": "123456789012", "aws_secret_access_key": aws.secret, "region_name": "us-east-1"}
    config = Config(signature_version="s3v4") if version == "4" else None
    s3 = boto3.client("s3", endpoint_url=aws.url, config=config, **keys)
    s3.create_bucket(Bucket=f"forms-{version}")
    form = s3.generate_presigned_post(f"forms-{version}", "key")
    fields = {**form["fields"], "file": ("a", b"content")}
    assert urllib3.request("POST", form["url"], fields=fields).status == 204
    changed = {**fields, "policy": fields["policy"][::-1]}
    refusal = urllib3.request("POST", form["url"], fields=changed)
    assert (refusal.status, b"<Code>SignatureDoesNotMatch</Code>" in refusal.data) == (403, True)


def test_a_functions_archive_is_downloaded_by_its_presigned_url(aws):
    trust = {
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]
    }
    aws.client("iam").create_role(RoleName="lambda", AssumeRolePolicyDocument=json.dumps(trust))
    launcher.create_function(aws, "archived", "def handler(event, context):\n    return 1\n")
    url = aws.client("lambda").get_function(FunctionName="archived")["Code"]["Location"]
    assert urllib3.request("GET", url).data.startswith(b"PK")
    assert urllib3.request("GET", url.partition("?")[0]).status == 403


def test_login_to_the_registry_takes_an_issued_password(aws):
    issued = aws.client("ecr").get_authorization_token()["authorizationData"][0]["authorizationToken"]
    assert plain(aws, "GET", "/v2/", {"Authorization": f"Basic {issued}"}).status == 200
    forged = issued[:-4] + ("AAAA" if issued[-4:] != "AAAA" else "BBBB")
    for password in (forged, "QVdTOm1pbmlzdGFjay1hdXRoLXRva2Vu", "%%%", ""):
        refused = plain(aws, "GET", "/v2/", {"Authorization": f"Basic {password}"})
        assert (refused.status, refused.headers["WWW-Authenticate"][:5]) == (401, "Basic")


def test_the_secret_is_random_and_kept_with_its_state_folder(tmp_path):
    secrets = []
    for state in ("one", "one", "two"):
        with running_local_aws(*PLAIN, "--state", str(tmp_path / state)) as server:
            secrets.append(server.secret)
    assert secrets[0] == secrets[1] != secrets[2]
    file = tmp_path / "one" / "secret"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(secrets[0]) == 40


@pytest.mark.parametrize("content", ["", "short", "x" * 41])
def test_a_broken_secret_is_replaced(tmp_path, content):
    (tmp_path / "secret").write_text(content)
    secret = secret_of(tmp_path)
    assert (len(secret), secret != content, secret_of(tmp_path)) == (40, True, secret)


def test_a_secret_that_others_may_read_is_replaced(tmp_path):
    file = tmp_path / "secret"
    file.write_text("0" * 40)
    file.chmod(0o640)
    assert secret_of(tmp_path) != "0" * 40
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_refusal_is_in_the_log_without_the_secret():
    with running_local_aws(*PLAIN) as server:
        plain(server, "GET", "/")
        log = Path(server.ready["log"]).read_text()
    assert "refused 'GET /': MissingAuthenticationToken" in log
    assert server.secret not in log
