"""Failures as a person meets them: one message, what to do, the right exit code, no traceback."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)

from launchpad.cli.errors import explain
from tests.cli.messages import one_message


def refused(code, message):
    return ClientError({"Error": {"Code": code, "Message": message}}, "CreateTrainingJob")


def test_a_refusal_of_aws_is_one_line_with_operation_and_code():
    text = explain(refused("ValidationException", "1 validation error\n  detected"))
    assert text == "AWS refused CreateTrainingJob: 1 validation error detected (ValidationException)"


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("AccessDeniedException", "ask for this permission"),
        ("ExpiredTokenException", "sign in again"),
        ("ResourceLimitExceeded", "Service Quotas"),
        ("ThrottlingException", "wait a moment"),
    ],
)
def test_codes_that_people_meet_come_with_a_remedy(code, remedy):
    assert remedy in explain(refused(code, "no"))


def test_missing_credentials_come_with_a_remedy():
    assert "aws sso login" in explain(NoCredentialsError())


@pytest.mark.parametrize("error", [EndpointConnectionError, ConnectionClosedError])
def test_a_local_aws_that_has_gone_is_said_to_have_gone(error):
    text = explain(error(endpoint_url="http://127.0.0.1:4566/"))
    assert text.startswith("the local AWS at http://127.0.0.1:4566 has stopped answering")
    assert "make local" in text


def test_a_real_endpoint_out_of_reach_is_a_matter_of_the_network():
    text = explain(EndpointConnectionError(endpoint_url="https://sagemaker.eu-west-1.amazonaws.com/"))
    assert text.startswith("https://sagemaker.eu-west-1.amazonaws.com can't be reached")
    assert "check the network" in text


def test_a_slow_answer_is_no_lost_server():
    text = explain(ReadTimeoutError(endpoint_url="https://lambda.eu-west-1.amazonaws.com/"))
    assert "lambda.eu-west-1" in text


def test_a_file_that_is_not_there_is_named(launchpad, tmp_path):
    assert (
        explain(FileNotFoundError(2, "No such file or directory", "rows.csv")) == "rows.csv: No such file or directory"
    )


def test_an_unknown_environment_is_answered_with_the_nearest(launchpad):
    assert "no environment 'stagin'; did you mean 'staging'?" in one_message(launchpad("status", "--env", "stagin"))


def test_an_unknown_workload_is_answered_with_those_there_are(launchpad, checkout):
    launchpad("new", "wine")
    assert "no workload 'whine'; did you mean 'wine'?" in one_message(launchpad("run", "whine"))


@pytest.mark.parametrize("command", [["status"], ["logs", "local-a-1"], ["deploy"], ["destroy", "--yes"]])
def test_a_local_aws_that_does_not_run_is_said_with_how_to_start_it(launchpad, command):
    assert "the local AWS isn't running; start it in another terminal with `make local`" in one_message(
        launchpad(*command)
    )


def test_an_address_where_nothing_listens_is_named(launchpad):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    assert f"AWS_ENDPOINT_URL is {url}, where nothing listens" in one_message(launchpad("status", AWS_ENDPOINT_URL=url))


def test_environment_local_refuses_to_leave_the_machine(launchpad):
    message = one_message(launchpad("status", AWS_ENDPOINT_URL="https://sagemaker.us-east-1.amazonaws.com"))
    assert "environment local never leaves this machine" in message


def test_a_taken_port_is_said_and_nothing_starts(launchpad):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        result = launchpad("local", "--port", listener.getsockname()[1])
    assert result.returncode == 1
    assert "can't be used (Address already in use)" in result.stderr
    assert "Traceback" not in result.stderr


def test_debug_shows_where_an_error_comes_from(launchpad):
    result = launchpad("--debug", "status", "--env", "nowhere")
    assert "Traceback" in result.stderr
    assert result.returncode == 1


def test_a_character_that_the_terminal_lacks_is_escaped():
    program = (
        "from launchpad.cli import application, main\n"
        "application.application = lambda _: lambda **_: print('M\\xfcller')\n"
        "main.app()"
    )
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    result = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60
    )
    assert (result.returncode, result.stdout) == (0, "M\\xfcller\n"), result.stderr
