"""The deploy function, imported next to two workloads, and an account for it."""

from __future__ import annotations

import sys
from copy import deepcopy

import pytest

from tests.unit.conftest import WORKLOAD, rendered
from tests.unit.deploy_modes.account import ENDPOINT, Account, Function
from tests.unit.functions import imported


@pytest.fixture
def function(tmp_path, monkeypatch):
    definition = rendered(WORKLOAD)
    definition["serving"] |= {"source": None, "entry_point": None}
    other = deepcopy(definition)
    other["name"] = "cleaning"
    monkeypatch.setenv("DIRECT_DEPLOY", "true")
    account = Account()
    catalogue = {"boston-housing": definition, "cleaning": other}
    with imported(tmp_path, monkeypatch, "deploy", catalogue) as module:
        modules = sys.modules
        for name in ("deploy", "models", "endpoint_variants", "endpoint_release", "endpoint_scaling", "serving_models"):
            monkeypatch.setattr(modules[name], "sagemaker", account, raising=False)
        for name in ("endpoint_release", "endpoint_scaling", "endpoint_removal"):
            monkeypatch.setattr(modules[name].boto3, "client", lambda _service: account)
        monkeypatch.setattr(modules["endpoint_release"], "with_alert_topic", lambda environment: environment)
        monkeypatch.setattr(module, "exists", lambda *_: True)
        monkeypatch.setattr(modules["serving_models"], "exists", lambda *_: False)
        monkeypatch.setattr(modules["serving_models"], "s3", lambda: account)
        monkeypatch.setattr(account, "copy", lambda *moved: account.calls.append(("copy", {"moved": moved})), False)
        monkeypatch.setattr(
            modules["endpoint_history"], "_write", lambda key, record: account.records.update({key: record})
        )
        found = lambda workload, _config=None: account.records.get(workload)  # noqa: E731
        for name in ("endpoint_variants", "endpoint_scaling"):
            monkeypatch.setattr(modules[name], "record_of_config", found)
        monkeypatch.setattr(
            modules["endpoint_scaling"],
            "served_endpoints",
            lambda: {ENDPOINT: {name: ("r", item) for name, item in account.records.items() if "/" not in name}},
        )
        monkeypatch.setattr(
            modules["serving_models"],
            "newest_record",
            lambda name: ("r", {"job": f"dev-{name}-7"}) if name in account.records else None,
        )
        yield Function(module=module, account=account, definition=module.CATALOGUE["boston-housing"])
