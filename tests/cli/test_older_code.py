"""A command uses the working copy where the environment takes it; else it says as its last line that code is older."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from launchpad import launch_code as module
from launchpad.catalogue import load_workload, render
from launchpad.catalogue.working_copies import renderer
from launchpad.cli.chosen_code import chosen_code
from launchpad.launch_code import USED, changed_sections
from launchpad.messages.errors import LaunchpadError
from launchpad.paths import WORKLOADS
from launchpad.requests.fingerprint import fingerprints
from launchpad.settings import EnvironmentSettings

NAME = "boston-housing"
SETTINGS = EnvironmentSettings(name="dev", region="eu-west-1", workloads=("boston-housing",))
PLATFORM: Any = SimpleNamespace(launch_function="launch", data_bucket="data")


class Bucket:
    """A bucket that is empty at first."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def upload(self, _s3: Any, _bucket: str, copy: Any) -> None:
        self.objects |= copy.objects()


@pytest.fixture
def deployed():
    """The deployed definition, which the launch function describes as it is when a test asks."""
    definition, _ = render(load_workload(NAME), SETTINGS, WORKLOADS / NAME)
    return json.loads(json.dumps(definition))  # as in the functions' catalogue.json


@pytest.fixture
def functions(deployed, monkeypatch):
    """The rest of that answer: by default of functions that take working copies."""
    functions: dict[str, Any] = {"working_copies": True, "renderer": renderer()}
    monkeypatch.setattr(module, "invoke", lambda *_: {"fingerprints": fingerprints(deployed), **functions})
    return functions


@pytest.fixture
def bucket(monkeypatch):
    bucket = Bucket()
    monkeypatch.setattr("launchpad.platform_client.working_copies.upload", bucket.upload)
    return bucket


def chosen(use: str = "training", *, deployed: bool = False, settings: EnvironmentSettings = SETTINGS):
    connection: Any = SimpleNamespace(name="dev", caller_arn="", settings=settings, client=lambda _: None)
    return chosen_code(connection, PLATFORM, load_workload(NAME), use, deployed=deployed)


@pytest.mark.parametrize("use", USED)
def test_a_workload_that_the_config_leaves_out_is_refused(functions, bucket, use):
    settings = SETTINGS.model_copy(update={"workloads": ("karate-club",)})
    message = "'boston-housing' may not run in 'dev': it is not among the `workloads` of config/dev.yaml; add it"
    with pytest.raises(LaunchpadError, match=message), chosen(use, settings=settings):
        pass


@pytest.mark.parametrize("use", USED)
def test_what_was_deployed_unchanged_is_used_silently(deployed, functions, bucket, use, capsys):
    with chosen(use) as code:
        assert set(code) == {"origin"}
    assert bucket.objects == {}
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("section", "key", "uses"),
    [
        ("training", "source", {"training", "tuning", "pipeline"}),
        ("serving", "source", {"serve", "transform", "baseline-predictions", "pipeline"}),
        ("training", "environment", {"training", "tuning", "pipeline"}),
    ],
)
def test_a_change_counts_where_its_section_is_used(deployed, section, key, uses):
    definition = json.loads(json.dumps(deployed))
    deployed[section][key] = "changed"
    digests = fingerprints(deployed)
    assert {use for use in USED if changed_sections(definition, digests, use) == [section]} == uses


def test_a_changed_workload_is_sent_and_said_in_one_line(deployed, functions, bucket, capsys):
    deployed["training"]["source"] = "changed"
    with chosen() as code:
        assert code["working_copy"] in bucket.objects
        assert set(code["origin"]) == {"commit", "dirty", "by"}
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("runs your working copy of workloads/boston-housing (")


def test_deployed_code_is_used_if_asked_for_and_has_no_commit(deployed, functions, bucket, capsys):
    deployed["training"]["source"] = "changed"
    with chosen(deployed=True) as code:
        assert code["origin"]["commit"] == ""
        assert "working_copy" not in code
    assert bucket.objects == {}
    assert capsys.readouterr().err.splitlines()[-1].startswith("warning: this used the workload as it was last deploy")


def test_the_deployed_code_of_a_new_workload_cant_be_asked_for(functions, monkeypatch):
    monkeypatch.setattr(module, "invoke", lambda *_: {"fingerprints": {}, **functions})
    with pytest.raises(LaunchpadError, match="is not deployed; leave out --deployed"), chosen(deployed=True):
        pass


def test_a_copy_of_another_version_of_the_platform_is_refused(deployed, functions, bucket):
    deployed["training"]["source"] = "changed"
    functions["renderer"] = "0" * 64
    with (
        pytest.raises(LaunchpadError, match="run `launchpad deploy --env dev` first"),
        chosen(),
    ):
        pass
    assert bucket.objects == {}


def test_functions_of_an_earlier_version_get_no_new_key(deployed, functions):
    functions.clear()
    with chosen() as code:
        assert code == {}


def test_the_warning_is_the_last_line_also_of_a_failure(deployed, functions, capsys):
    functions["working_copies"] = False
    deployed["training"]["source"] = "changed"
    with pytest.raises(ValueError, match="boom"), chosen():
        raise ValueError("boom")
    assert capsys.readouterr().err.splitlines()[-1].startswith("warning: this used the workload as it was last deploy")
