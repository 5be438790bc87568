"""`--set KEY=VALUE`: values are YAML's, mistakes are reported with what to write."""

from __future__ import annotations

import re

import pytest
import typer

from launchpad.cli.options import new_token, read_settings
from launchpad.requests.names import job_name
from tests.cli.conftest import ROOT


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.2", 0.2),
        ("3", 3),
        ("true", True),
        ("ridge", "ridge"),
        ("'3'", "3"),
        ("1e-3", 0.001),
        ("", ""),
        ("a=b", "a=b"),
    ],
)
def test_a_value_is_what_it_would_be_in_a_yaml_file(text, value):
    read = read_settings([f"hyperparameters.alpha={text}"])["hyperparameters.alpha"]
    assert (type(read), read) == (type(value), value)


def test_several_settings_are_kept_by_key():
    assert read_settings(["a=1", "b.c-d=x", "a=2"]) == {"a": 2, "b.c-d": "x"}


@pytest.mark.parametrize("text", ["alpha", "=1", " =1"])
def test_what_is_no_pair_is_refused_with_an_example(text):
    with pytest.raises(typer.BadParameter, match="write KEY=VALUE, such as"):
        read_settings([text])


@pytest.mark.parametrize("value", ["[1, 2]", "{a: 1}", "null", "~", "[", "'"])
def test_what_is_no_single_value_is_refused(value):
    with pytest.raises(typer.BadParameter, match="must be text, a number, or true/false"):
        read_settings([f"alpha={value}"])


def test_a_wrong_setting_is_wrong_usage(launchpad, checkout):
    (checkout / "workloads" / "boston-housing").symlink_to(ROOT / "workloads" / "boston-housing")
    result = launchpad("run", "boston-housing", "--set", "alpha")
    assert (result.returncode, "write KEY=VALUE" in result.stderr) == (2, True)


def test_a_token_is_time_and_chance_and_stays_readable_in_a_jobs_name():
    token = new_token()
    assert re.fullmatch(r"\d{8}-\d{6}-[0-9a-f]{4}", token)
    assert job_name("local", "boston-housing", token) == f"local-boston-housing-{token}"
    assert token != new_token()
