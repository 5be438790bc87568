"""Which AWS a command talks to: the environment alone decides, and `local` never reaches a real one."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.local_address import LocalAddress, local_address
from launchpad.settings import EnvironmentSettings

REAL = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI",
    "AWS_SESSION_TOKEN": "real",
    "AWS_PROFILE": "production",
    "AWS_ENDPOINT_URL_S3": "https://s3.example.com",
    "AWS_REGION": "ap-south-1",
    "HTTPS_PROXY": "http://proxy.example.com:3128",
    "HTTP_PROXY": "http://proxy.example.com:3128",
}


@pytest.fixture
def server():
    """Something that listens on a free port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
def local(monkeypatch, server):
    """Environment `local`, in a shell that is signed in to a real account."""
    for name, value in REAL.items():
        monkeypatch.setenv(name, value)
    settings = EnvironmentSettings(name="local", region="us-east-1", account="123456789012")
    return Connection(settings, LocalAddress(server, "its-secret"))


@pytest.mark.parametrize("service", ["s3", "sagemaker", "sagemaker-runtime", "lambda", "logs", "cloudformation", "sts"])
def test_clients_of_local_carry_none_of_the_callers_credentials(local, server, service):
    client = local.client(service)
    credentials = client._request_signer._credentials.get_frozen_credentials()
    assert client.meta.endpoint_url == server
    assert tuple(credentials) == ("123456789012", "its-secret", None, None)
    assert client.meta.region_name == "us-east-1"
    assert client.meta.config.proxies == {}


def test_programs_of_local_get_none_of_the_callers_credentials(local, server):
    variables = local.variables()
    assert not set(REAL.values()) & {value for name, value in variables.items() if name.startswith("AWS_")}
    assert (variables["AWS_ENDPOINT_URL"], variables["AWS_ACCESS_KEY_ID"]) == (server, "123456789012")
    assert "AWS_PROFILE" not in variables
    assert "AWS_ENDPOINT_URL_S3" not in variables


def test_other_environments_use_the_callers_credentials(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION"):
        monkeypatch.setenv(name, REAL[name])
    connection = Connection(EnvironmentSettings(name="dev", region="eu-west-1"))
    client = connection.client("sagemaker")
    assert client._request_signer._credentials.access_key == REAL["AWS_ACCESS_KEY_ID"]
    assert client.meta.endpoint_url == "https://api.sagemaker.eu-west-1.amazonaws.com"
    assert connection.variables()["AWS_REGION"] == "eu-west-1"
    assert connection.variables()["AWS_SESSION_TOKEN"] == REAL["AWS_SESSION_TOKEN"]


def ready_file(folder: Path, url: str) -> Path:
    path = folder / "running.json"
    environment = {"AWS_SECRET_ACCESS_KEY": "its-secret"}
    path.write_text(json.dumps({"endpoint_url": url, "log": "/tmp/log", "environment": environment}))
    return path


@pytest.mark.parametrize(
    ("variables", "seconds"),
    [
        ({}, 3.0),
        ({"AWS_ENDPOINT_URL": "https://aws-proxy.example.com"}, 3.0),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}, 0.25),
    ],
)
def test_only_the_local_aws_is_polled_often(variables, seconds):
    dev = EnvironmentSettings(name="dev", region="eu-west-1")
    assert Connection(dev, caller=variables).poll_seconds == seconds


def test_the_local_aws_of_the_checkout_is_found_by_its_ready_file(tmp_path, server):
    assert local_address({}, ready_file(tmp_path, server)) == LocalAddress(server, "its-secret", Path("/tmp/log"))


def test_the_variable_comes_before_the_file(tmp_path, server):
    stale = ready_file(tmp_path, "http://127.0.0.1:1")
    pasted = {"AWS_ENDPOINT_URL": server, "AWS_SECRET_ACCESS_KEY": "pasted"}
    assert local_address(pasted, stale) == LocalAddress(server, "pasted")


def test_the_file_knows_the_secret_of_the_server_that_the_variable_names(tmp_path, server):
    mixed_up = {"AWS_ENDPOINT_URL": server, "AWS_SECRET_ACCESS_KEY": "of another one"}
    assert local_address(mixed_up, ready_file(tmp_path, server)).secret == "its-secret"


def test_an_address_without_a_secret_says_what_to_paste(tmp_path, server):
    with pytest.raises(LaunchpadError, match=r"AWS_SECRET_ACCESS_KEY is not set.*paste all of the `export` lines"):
        local_address({"AWS_ENDPOINT_URL": server}, tmp_path / "none")


def test_a_file_that_a_killed_server_left_behind_is_no_server(tmp_path):
    with pytest.raises(LaunchpadError, match=r"running\.json names http://127\.0\.0\.1:1, where nothing listens"):
        local_address({}, ready_file(tmp_path, "http://127.0.0.1:1"))


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"endpoint_url": "http://127.0.0.1:1", "log": 7}'])
def test_a_broken_ready_file_is_named_with_what_to_do(tmp_path, content):
    path = tmp_path / "running.json"
    path.write_text(content)
    with pytest.raises(LaunchpadError, match="can't be read; delete the file"):
        local_address({}, path)


@pytest.mark.parametrize(
    "url", ["https://sts.amazonaws.com", "http://10.0.0.7:4566", "http://127.0.0.1.example.com:80"]
)
def test_an_address_beyond_this_machine_is_refused(tmp_path, url):
    with pytest.raises(LaunchpadError, match="never leaves this machine"):
        local_address({"AWS_ENDPOINT_URL": url}, tmp_path / "none")
    with pytest.raises(LaunchpadError, match="never leaves this machine"):
        local_address({}, ready_file(tmp_path, url))


@pytest.fixture
def refused_role(monkeypatch, local):
    """Assume a role where STS answers with an error of this code."""

    def assume(code: str) -> dict[str, str]:
        def refuse(**_: str) -> None:
            raise ClientError({"Error": {"Code": code, "Message": "the words of STS"}}, "AssumeRole")

        monkeypatch.setattr(Connection, "client", lambda *_, **__: SimpleNamespace(assume_role=refuse))
        return dict(local.role_credentials("arn:aws:iam::123456789012:role/copies", "test"))

    return assume


def test_a_role_that_may_not_be_assumed_has_no_credentials(refused_role):
    assert refused_role("AccessDenied") == {}


def test_what_else_stops_a_role_from_being_assumed_is_not_hidden(refused_role):
    with pytest.raises(ClientError, match="the words of STS"):
        refused_role("ExpiredToken")
