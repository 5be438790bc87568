"""The rules, imported next to other settings and pins, and an account for them, with an old job or without."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from tests.unit.functions import ENVIRONMENT, imported
from tests.unit.retention.account import Account
from tests.unit.retention.resources import ARCHIVE, JOB, NOW, REGISTRY

SETTINGS: dict[str, Any] = {
    "delete": True,
    "models_days": 90,
    "artifacts_days": 365,
    "checkpoints_days": 30,
    "resumable_days": 180,
    "job_logs_days": 365,
    "images_days": 180,
    "model_packages_days": 365,
    "rollback_models": 2,
}
PRICES = {"AmazonS3/TimedStorage-ByteHrs": 0.023, "AmazonECR/TimedStorage-ByteHrs": 0.1}


@pytest.fixture
def account(monkeypatch):
    account = Account()
    monkeypatch.setattr("boto3.client", lambda *_, **__: account)
    return account


@pytest.fixture
def retention(account, tmp_path, monkeypatch):
    """Import the rules with other settings, pins, prices or catalogue."""

    def load(catalogue: Any = None, prices: Any = PRICES, **changes: Any) -> Any:
        file: dict[str, Any] = {"settings": SETTINGS, "kept_images": 50, "pins": [], "unreadable": []}
        settings = {**SETTINGS, **{key: value for key, value in changes.items() if key in SETTINGS}}
        changes = {key: value for key, value in changes.items() if key not in SETTINGS}
        (tmp_path / "retention.json").write_text(json.dumps({**file, "settings": settings, **changes}))
        (tmp_path / "prices.json").write_text(json.dumps({"region": "eu-west-1", "date": None, "prices": prices}))
        monkeypatch.setenv("STATE_MACHINE", "machine")
        monkeypatch.setitem(ENVIRONMENT, "containers", {"box": f"{REGISTRY}/launchpad/dev/box:today"})
        context = imported(tmp_path, monkeypatch, "retention", catalogue or {})
        module = context.__enter__()
        sys.modules["decision_log"]._invocation.set({})  # as within an invocation
        opened.append(context)
        return module

    opened: list[Any] = []
    yield load
    for context in opened:
        context.__exit__(None, None, None)


@pytest.fixture
def old(retention):
    """The names of what is old, of one kind, by these settings."""

    def names(kind: str, **changes: Any) -> list[str]:
        return [row.name for row in retention(**changes).find(NOW) if row.kind == kind]

    return names


@pytest.fixture
def old_job(account):
    """An old job next to a new one, with an archive, and an old version and image."""
    account.train(JOB, 900)
    account.put(f"demo/models/{JOB}/0a/model.tar.gz", 900)
    account.train("dev-demo-new", 1)
    account.register(1, 900, "Rejected", ARCHIVE)
    account.register(2, 1, "Approved")
    account.push("old", 900)
    return account
