"""The monitor function, imported next to a catalogue with one monitored workload, and an account for it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import pytest

from tests.unit import functions
from tests.unit.functions import CONTEXT, imported
from tests.unit.monitor_function.calls import Call
from tests.unit.monitor_function.monitored_account import WORKLOAD, Account

MONITORING = """\
monitoring:
  target: medv
  task: regression
  drift: {share: 0.25}
"""
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/launchpad/dev/monitoring:0"


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.fixture
def function(account, tmp_path, monkeypatch, with_sections) -> Iterator[Callable[[str], Call]]:
    """Makes the function with more YAML in the workload."""
    monkeypatch.setitem(functions.ENVIRONMENT, "containers", {"monitoring": IMAGE})
    monkeypatch.setenv("ALERT_TOPIC", "topic")
    monkeypatch.setenv("STATE_MACHINE", "machine")
    contexts = []

    def make(more: str = "") -> Call:
        catalogue = {WORKLOAD: with_sections(MONITORING + more)}
        context = imported(tmp_path, monkeypatch, "monitor", catalogue)
        module = context.__enter__()
        contexts.append(context)
        for loaded in list(sys.modules.values()):
            if str(tmp_path) in str(getattr(loaded, "__file__", "")):
                for name, value in {"s3": lambda: account, "sagemaker": account, "states": lambda: account}.items():
                    if hasattr(loaded, name):
                        monkeypatch.setattr(loaded, name, value)
        monkeypatch.setattr("boto3.client", lambda *_, **__: account)
        return lambda **event: module.handler(event, CONTEXT)

    yield make
    for context in contexts:
        context.__exit__(None, None, None)


@pytest.fixture
def call(function) -> Call:
    handler: Call = function()
    return handler
