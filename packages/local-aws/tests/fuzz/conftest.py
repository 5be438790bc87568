"""A server for what the fuzzers send, and nothing else: they read its whole log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.local_aws.conftest import PLAIN
from tests.local_aws.launcher import LocalAws, running_local_aws


@pytest.fixture(scope="module")
def fuzzed_aws() -> Iterator[LocalAws]:
    with running_local_aws(*PLAIN, "--parallel-jobs", "2") as server:
        yield server


def tracebacks(aws: LocalAws) -> list[str]:
    """The server's log from each traceback on, cut."""
    log = Path(aws.ready["log"]).read_text(encoding="utf-8", errors="replace")
    return [text[:4_000] for text in log.split("Traceback (most recent call last)")[1:]]
