"""The track function, imported next to a catalogue, with an account and a server of MLflow."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit import functions
from tests.unit.conftest import WORKLOAD, rendered
from tests.unit.functions import CONTEXT, imported
from tests.unit.track_function.account import APP, Account

PRICES = {
    "region": "eu-west-1",
    "date": "2026-11-28",
    "prices": {"AmazonSageMaker/Train:ml.m5.large": 0.1, "AmazonSageMaker/Processing:ml.m5.large": 0.2},
}


@pytest.fixture
def account():
    return Account()


@pytest.fixture
def load(tmp_path, monkeypatch, mlflow, account):
    """A function that imports `track` for an App or a server."""
    opened = []

    def load(uri: str = APP) -> Any:
        monkeypatch.setenv("SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT", mlflow.address)
        monkeypatch.setattr(functions, "ENVIRONMENT", {**functions.ENVIRONMENT, "tracking_uri": uri})
        (tmp_path / "prices.json").write_text(json.dumps(PRICES))
        context = imported(tmp_path, monkeypatch, "track", {"boston-housing": rendered(WORKLOAD)})
        module = context.__enter__()
        opened.append(context)
        monkeypatch.setattr(module, "sagemaker", account)
        monkeypatch.setattr(module, "s3", lambda: account)
        history = module.metric_history.__globals__
        monkeypatch.setitem(history, "boto3", type("Boto3", (), {"client": lambda *_: account}))
        monkeypatch.setitem(history, "WAITS", (0, 0))
        return module

    yield load
    for context in opened:
        context.__exit__(None, None, None)


@pytest.fixture
def track(load):
    module = load()
    return lambda detail: module.handler({"detail": detail}, CONTEXT)
