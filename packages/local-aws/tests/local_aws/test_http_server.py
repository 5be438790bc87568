"""The HTTP server below everything: heads that are too long or no HTTP, and many requests on one connection."""

from __future__ import annotations

import contextlib
import re
import socket

import pytest

HEALTH = b"GET /_ministack/health HTTP/1.1\r\nHost: localhost\r\n\r\n"


def exchange(plain_aws, *pieces):
    """The status line that the server responds with."""
    with socket.create_connection(("127.0.0.1", plain_aws.port), timeout=20) as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it may be refused before its last piece
            for piece in pieces:
                connection.sendall(piece)
        return connection.makefile("rb").readline()


@pytest.mark.parametrize(
    "pieces",
    [
        [b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"],
        [b"GET / HTTP/1.1\r\nX-Endless: ", *[b"a" * 40_000] * 4],
    ],
    ids=["url", "header"],
)
def test_a_head_that_is_too_long_is_refused_with_431(plain_aws, pieces):
    assert b" 431 " in exchange(plain_aws, *pieces)


def test_what_is_no_http_is_refused_with_400(plain_aws):
    assert b" 400 " in exchange(plain_aws, b"\x16\x03\x01hello\r\n\r\n")


def test_requests_that_arrive_together_are_answered_in_order(plain_aws):
    refused = HEALTH.replace(b"health", b"nothing")
    last = HEALTH.replace(b"1.1\r\n", b"1.1\r\nConnection: close\r\n")
    with socket.create_connection(("127.0.0.1", plain_aws.port), timeout=20) as connection:
        connection.sendall(HEALTH + refused + last)
        content = connection.makefile("rb").read()
    first, second, third = re.findall(rb"HTTP/1\.1 (\d+)", content)
    assert (first, third) == (b"200", b"200")
    assert second != b"200"
