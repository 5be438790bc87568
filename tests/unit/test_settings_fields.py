"""No key of a config goes without a check: each has a wrong value that is told with file, line, key and remedy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from launchpad import paths
from launchpad.config_files.yaml_source import Settings, line_of, parse
from launchpad.messages.errors import InvalidFileError
from launchpad.settings import EnvironmentSettings, load_settings
from tests.unit.settings_fields import EXISTING, WRONG

SAMPLE = paths.CONFIG / "samples" / "comprehensive.yaml"


def fields(model: type[Settings], prefix: str = "") -> Iterator[str]:
    """Every key that a file may have, those of sections and of lists' items included."""
    for name, field in model.model_fields.items():
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
        if isinstance(document.get(name), list):
            document, location = document[name][0], (*location, name, 0)
        else:
            document, location = document.setdefault(name, {}), (*location, name)
    document[last] = value
    return (*location, last)


@pytest.mark.parametrize("key", WRONG)
def test_a_wrong_value_is_told_with_file_line_key_and_remedy(tmp_path: Path, key: str):
    value, message = WRONG[key]
    document = parse(SAMPLE).value
    if key.startswith("network.existing."):
        document["network"] = {"existing": dict(EXISTING)}
    location = written(document, key, value)
    path = tmp_path / "staging.yaml"
    path.write_text("# All keys\n" + yaml.safe_dump(document, sort_keys=False), "utf-8")
    with pytest.raises(InvalidFileError) as error:
        load_settings(path)
    (problem,) = [one for one in error.value.problems if message in one.message]
    assert problem.key.startswith(".".join(map(str, location)))
    first = line_of(parse(path), location)
    assert 1 < first <= (problem.line or 0) <= first + 2  # of a list, the line of the item
