"""Boto3 clients of the server itself: a function is called once, however long it takes."""

from __future__ import annotations

import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import SimpleNamespace

import pytest
from botocore.exceptions import ReadTimeoutError

from local_aws import clients
from local_aws.api.service import Scope

ANSWER_SECONDS = 0.6


@pytest.fixture
def slow_function():
    """A Lambda service whose only function takes some time; it counts the calls."""
    calls = []

    class Service(BaseHTTPRequestHandler):
        def do_POST(self):
            calls.append(self.path)
            time.sleep(ANSWER_SECONDS)
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_):
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        settings = SimpleNamespace(endpoint_url=f"http://127.0.0.1:{server.server_port}")
        yield settings, calls
        server.shutdown()
        thread.join()


def invoke(settings):
    credentials = clients.Credentials("123456789012", "secret")
    client = clients.Clients(settings).get("lambda", Scope("123456789012", "us-east-1"), credentials)
    return client.invoke(FunctionName="slow", Payload=b"{}")


def test_a_function_may_take_longer_than_other_calls(slow_function, monkeypatch):
    settings, calls = slow_function
    monkeypatch.setattr(clients, "READ_SECONDS", ANSWER_SECONDS / 6)
    assert invoke(settings)["Payload"].read() == b"{}"
    assert len(calls) == 1


def test_a_function_that_takes_too_long_is_not_called_again(slow_function, monkeypatch):
    settings, calls = slow_function
    monkeypatch.setattr(clients, "INVOKE_SECONDS", ANSWER_SECONDS / 6)
    with pytest.raises(ReadTimeoutError):
        invoke(settings)
    assert len(calls) == 1


def test_a_call_of_a_lambda_step_is_waited_for():
    assert clients.INVOKE_SECONDS > 600
