"""Editors know what a config or a workload may say: committed schemas are current, and every file names its own."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
import yaml
from jsonschema_rs import validator_for

from launchpad import paths
from launchpad.checks.json_schemas import MODELS, schema, schema_file, schema_text
from launchpad.messages.errors import InvalidFileError
from launchpad.settings import load_environment

FILES = {
    "environment": sorted({*paths.CONFIG.rglob("*.yaml")} - {paths.PRICES}),
    "workload": sorted(paths.WORKLOADS.glob("*/workload.yaml")),
}


@pytest.mark.parametrize("name", MODELS)
def test_the_committed_schema_is_what_the_models_say(name):
    assert schema_file(name).read_text("utf-8") == schema_text(name), "run `launchpad schema`"


@pytest.mark.parametrize(("name", "file"), [(name, file) for name, files in FILES.items() for file in files], ids=str)
def test_a_files_first_line_leads_editors_to_its_schema(name: str, file: Path):
    where = file.parent
    first = file.read_text("utf-8").splitlines()[0]
    assert first == f"# yaml-language-server: $schema={os.path.relpath(schema_file(name), where)}"


@pytest.mark.parametrize(("name", "file"), [(name, file) for name, files in FILES.items() for file in files], ids=str)
def test_an_editor_finds_nothing_wrong_in_a_committed_file(name: str, file: Path):
    text = file.read_text("utf-8").replace("NAME", "x")  # of a template
    assert [error.message for error in validator_for(schema(name)).iter_errors(yaml.safe_load(text))] == []


def test_an_unknown_key_is_a_mistake_to_an_editor_too():
    assert schema("environment")["additionalProperties"] is False


def test_editors_offer_the_instance_types_that_the_api_has_for_each_use():
    definitions = schema("environment")["$defs"]
    assert "ml.t3.medium" in definitions["NotebookSettings"]["properties"]["instance_type"]["enum"]
    assert "ml.p4d.24xlarge" in definitions["InstanceLimits"]["properties"]["types"]["propertyNames"]["enum"]


def test_editors_know_regions_and_the_instance_types_of_emr():
    made = schema("environment")
    assert "eu-west-1" in made["properties"]["region"]["enum"]
    assert "m5.xlarge" in made["$defs"]["SparkSettings"]["properties"]["core_instance_type"]["enum"]


@pytest.mark.parametrize(
    ("name", "section", "key"),
    [
        ("environment", "PinnedEndpoint", "model_data"),
        ("environment", "PinnedEndpoint", "model_data_key"),
        ("environment", "PinnedEndpoint", "model_package"),
        ("environment", "NotebookSettings", "repository"),
        ("environment", "NotebookSettings", "repository_secret"),
        ("environment", "AlarmSettings", "email"),
        ("environment", "ExistingNetwork", "vpc_id"),
        ("workload", "Pipeline", "schedule"),
    ],
)
def test_editors_know_the_form_of_a_text(name: str, section: str, key: str):
    field = schema(name)["$defs"][section]["properties"][key]
    assert any("pattern" in each for each in field.get("anyOf", [field]))


def test_editors_know_what_a_tag_may_be():
    tags = schema("environment")["properties"]["tags"]
    assert tags["maxProperties"] == 40
    assert tags["propertyNames"]["maxLength"] == 127
    assert [value["maxLength"] for value in tags["patternProperties"].values()] == [255]


def test_editors_show_what_a_key_is_for():
    assert "region" in schema("environment")["properties"]
    assert schema("environment")["properties"]["retain_data"]["description"].startswith("Keep buckets")


@pytest.mark.parametrize("name", MODELS)
def test_no_pattern_takes_letters_and_digits_of_every_script(name):
    r"""AWS's `\w` and `\d` are ASCII, pydantic's are Unicode, and take its engine a tenth of a second to compile."""
    assert re.findall(r"\\\\[dw]", schema_text(name)) == []


def test_digits_of_another_script_are_no_account(tmp_path):
    (tmp_path / "dev.yaml").write_text('name: dev\nregion: eu-west-1\naccount: "١٢٣٤٥٦٧٨٩٠١٢"\n', "utf-8")
    with pytest.raises(InvalidFileError, match="write 12 digits in quotes"):
        load_environment("dev", tmp_path)
