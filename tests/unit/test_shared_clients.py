"""Threads share one client per service."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from launchpad.platform_client.connection import Connection
from launchpad.settings import load_environment


def test_threads_get_the_same_client_of_a_service():
    shared = Connection(load_environment("dev"), caller={})
    with ThreadPoolExecutor(4) as pool:
        clients = set(pool.map(lambda _: shared.client("s3"), range(8)))
    assert len(clients) == 1


def test_other_options_are_another_client():
    shared = Connection(load_environment("dev"), caller={})
    assert shared.client("sagemaker", attempts=10) is not shared.client("sagemaker")


def test_other_credentials_are_never_shared():
    shared = Connection(load_environment("dev"), caller={})
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
    assert shared.client("s3", credentials=keys) is not shared.client("s3", credentials=keys)
