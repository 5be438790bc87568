"""No key of a config goes without a check: each has a wrong value that is reported with file, line, key and remedy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from launchpad import paths
from launchpad.config_files.yaml_source import Settings, line_of, parse
from launchpad.messages.errors import InvalidFileError, Problem
from launchpad.settings import EnvironmentSettings, load_settings
from tests.unit.settings_fields import EXISTING, WRONG
from tests.unit.settings_refused_by_aws import REFUSED_BY_AWS, REFUSED_LISTS

SAMPLE = paths.CONFIG / "samples" / "comprehensive.yaml"

LISTS = ("schedule", "variants")
"""The lists that the sample only has in comments."""
BY_NAME = {"preprocessors": "scaler"}
"""Sections with a name of the user's own on the way to their keys."""


def fields(model: type[Settings], prefix: str = "") -> Iterator[str]:
    """Every key that a file may have, those of sections and of lists' items included."""
    for name, field in ((field.alias or name, field) for name, field in model.model_fields.items()):
        yield f"{prefix}{name}"
        for inner in sections(field.annotation):
            yield from fields(inner, f"{prefix}{name}.")


def sections(annotation: Any) -> Iterator[type[Settings]]:
    if isinstance(annotation, type) and issubclass(annotation, Settings):
        yield annotation
    for part in get_args(annotation):
        yield from sections(part)


def test_every_key_has_a_wrong_value_here():
    assert sorted(WRONG) == sorted(fields(EnvironmentSettings))


def test_every_key_is_in_the_comprehensive_sample():
    text = SAMPLE.read_text()
    missing = [path for path in fields(EnvironmentSettings) if f"{path.rpartition('.')[2]}:" not in text]
    assert [path for path in missing if path != "endpoints.instance.count"] == []


def written(document: Any, key: str, value: Any) -> tuple[int | str, ...]:
    """Put `value` where `key` says, in the first item of each list on the way; the location of it."""
    location: tuple[int | str, ...] = ()
    *sections, last = key.split(".")
    for name in sections:
        document.setdefault(name, [{}] if name in LISTS else {})
        if name in BY_NAME:
            document, location = document[name].setdefault(BY_NAME[name], {}), (*location, name, BY_NAME[name])
        elif isinstance(document.get(name), list):
            document, location = document[name][0], (*location, name, 0)
        else:
            document, location = document[name], (*location, name)
    document[last] = value
    if last in ("model_package", "models") and "workload" in document:
        del document["model_data"], document["model_data_key"]
    return (*location, last)


def problems_of(path: Path, key: str, value: Any) -> tuple[tuple[Problem, ...], tuple[int | str, ...]]:
    """What is reported about the comprehensive sample with another value, and the value's location."""
    document = parse(SAMPLE).value
    if key.startswith("network.existing."):
        document["network"] = {"existing": dict(EXISTING)}
    location = written(document, key, value)
    path.write_text("# All keys\n" + yaml.safe_dump(document, sort_keys=False), "utf-8")
    with pytest.raises(InvalidFileError) as error:
        load_settings(path)
    return error.value.problems, location


@pytest.mark.parametrize("key", WRONG)
def test_a_wrong_value_is_reported_with_file_line_key_and_remedy(tmp_path: Path, key: str):
    value, message = WRONG[key]
    path = tmp_path / "staging.yaml"
    problems, location = problems_of(path, key, value)
    (problem,) = [problem for problem in problems if message in problem.message]
    assert problem.key.startswith(".".join(map(str, location)))
    first = line_of(parse(path), location)
    assert 1 < first <= (problem.line or 0) <= first + 2  # of a list, the line of the item


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        *((key, value, message) for key, values in REFUSED_BY_AWS.items() for value, message in values.items()),
        *REFUSED_LISTS,
    ],
)
def test_what_aws_refuses_at_deploy_is_refused_here(tmp_path: Path, key: str, value: Any, message: str):
    problems, location = problems_of(tmp_path / "staging.yaml", key, value)
    matching = [problem for problem in problems if message in problem.message]
    assert len(matching) == 1, problems
    assert matching[0].key.startswith(".".join(map(str, location)))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("permissions_boundary", "arn:aws:iam::aws:policy/PowerUserAccess"),
        ("tags", {"cost.center": "Forschung & more".replace("&", "+"), "team/unit": "José"}),
        ("alarms.email", "first.last+alarms@sub.example.co.uk"),
        ("network.cidr", "172.18.0.0/16"),
        ("endpoints.model_data", "s3://my.models/team/v7/model.tar.gz"),
        ("endpoints.model_data_key", "arn:aws:kms:eu-west-1:123456789012:key/mrk-0123456789abcdef0123456789abcdef"),
    ],
)
def test_what_aws_takes_is_accepted(tmp_path: Path, key: str, value: Any):
    document = parse(SAMPLE).value
    written(document, key, value)
    path = tmp_path / "staging.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False), "utf-8")
    assert load_settings(path).name == "staging"
