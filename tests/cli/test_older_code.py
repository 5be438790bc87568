"""A command that runs older code than the working copy's says so, as its last line."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from launchpad.catalogue import load_workload, render
from launchpad.cli import older_code
from launchpad.cli.older_code import USED, older_sections, warned_of_older_code
from launchpad.paths import WORKLOADS
from launchpad.requests.fingerprint import fingerprints
from launchpad.settings import EnvironmentSettings

NAME = "boston-housing"
SETTINGS = EnvironmentSettings(name="dev", region="eu-west-1")
CONNECTION: Any = SimpleNamespace(name="dev", settings=SETTINGS)
PLATFORM: Any = SimpleNamespace(launch_function="launch")


@pytest.fixture
def deployed(monkeypatch):
    """The deployed definition, which the launch function answers with as it is when a test asks."""
    definition, _ = render(load_workload(NAME), SETTINGS, WORKLOADS / NAME)
    definition = json.loads(json.dumps(definition))  # as in the functions' catalogue.json
    monkeypatch.setattr(older_code, "invoke", lambda *_: {"fingerprints": fingerprints(definition)})
    return definition


@pytest.mark.parametrize("use", USED)
def test_what_was_deployed_unchanged_is_not_older(deployed, use):
    assert older_sections(CONNECTION, PLATFORM, load_workload(NAME), use) == []


@pytest.mark.parametrize(
    ("section", "key", "uses"),
    [
        ("training", "source", {"training", "tuning", "pipeline"}),
        ("serving", "source", {"serve", "transform", "pipeline"}),
        ("training", "environment", {"training", "tuning", "pipeline"}),
    ],
)
def test_a_changed_script_or_setting_is_older_where_it_is_used(deployed, section, key, uses):
    deployed[section][key] = "changed"
    workload = load_workload(NAME)
    assert {use for use in USED if older_sections(CONNECTION, PLATFORM, workload, use) == [section]} == uses


def test_the_warning_is_the_last_line_also_of_a_failure(deployed, capsys):
    deployed["training"]["source"] = "changed"
    with (
        pytest.raises(ValueError, match="boom"),
        warned_of_older_code(CONNECTION, PLATFORM, load_workload(NAME), "training"),
    ):
        raise ValueError("boom")
    assert capsys.readouterr().err.splitlines()[-1].startswith("warning: this used the workload as it was last deploy")
