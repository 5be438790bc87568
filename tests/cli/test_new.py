"""`launchpad new`: a workload that is right from the start."""

from __future__ import annotations

import json
import re

import pytest
from jsonschema_rs import validator_for

from launchpad.catalogue import load_workload
from launchpad.checks.json_schemas import schema_text
from launchpad.cli.scaffolding import CONTAINER, IMAGE, frameworks, make_container, make_workload
from launchpad.config_files.yaml_source import parse
from launchpad.messages.errors import LaunchpadError
from tests.cli.messages import one_message

COMMENT = re.compile(r"^# ?", re.MULTILINE)


def uncommented(text: str) -> str:
    """A workload.yaml with every commented section in force; the first line names the schema."""
    first, rest = text.split("\n", 1)
    return f"{first}\n{COMMENT.sub('', rest)}"


@pytest.mark.parametrize("framework", frameworks())
def test_every_template_is_valid_with_all_its_sections(framework, tmp_path):
    make_workload(framework, "churn", tmp_path / "churn")
    file = tmp_path / "churn" / "workload.yaml"
    plain = load_workload("churn", tmp_path)
    assert plain.training and plain.serving and plain.quality_gate
    assert file.read_text().startswith("# yaml-language-server: $schema=../../schemas/workload.schema.json\n")
    file.write_text(uncommented(file.read_text()))
    validator_for(json.loads(schema_text("workload"))).validate(parse(file).value)
    complete = load_workload("churn", tmp_path)
    assert complete.prepare and complete.tuning and complete.evaluate and complete.pipeline.schedule


SECTIONS = ("prepare", "tuning", "evaluate", "pipeline")


@pytest.mark.parametrize("framework", ["sklearn", CONTAINER])
@pytest.mark.parametrize("section", SECTIONS)
def test_each_section_can_be_uncommented_alone(framework, section, tmp_path):
    make_workload(framework, "churn", tmp_path / "churn")
    file = tmp_path / "churn" / "workload.yaml"
    blocks = file.read_text().split("\n\n")
    chosen = [COMMENT.sub("", block) if block.startswith(f"# {section}:") else block for block in blocks]
    assert chosen != blocks
    file.write_text("\n\n".join(chosen))
    assert getattr(load_workload("churn", tmp_path), section)


def test_each_section_says_in_its_first_line_what_it_does(tmp_path):
    make_workload("sklearn", "churn", tmp_path / "churn")
    text = (tmp_path / "churn" / "workload.yaml").read_text()
    explained = re.findall(r"^(?:# )?(\w+):(?: \{.*\})? # .{20}", text, re.MULTILINE)
    assert {*SECTIONS, "training", "serving"} <= {*explained}


@pytest.mark.parametrize("framework", frameworks())
def test_nothing_of_the_template_stays_in_its_files(framework, tmp_path):
    make_workload(framework, "churn", tmp_path / "churn")
    files = [path for path in (tmp_path / "churn").rglob("*") if path.is_file()]
    assert len(files) >= 8
    assert [path for path in files if re.search(r"workload-name|\{\{|\{%|\.j2", path.read_text("utf-8"))] == []


def test_a_container_is_an_image_under_the_new_name(tmp_path):
    make_container("churn", tmp_path / "churn")
    files = {path.relative_to(tmp_path / "churn") for path in (tmp_path / "churn").rglob("*") if path.is_file()}
    assert {path.relative_to(IMAGE) for path in IMAGE.rglob("*") if path.is_file() and "__" not in str(path)} == files
    assert 'repositories = ["launchpad/*/churn"]' in (tmp_path / "churn" / "image.toml").read_text()
    assert (tmp_path / "churn" / "programs" / "train").stat().st_mode & 0o100
    with pytest.raises(LaunchpadError, match="exists already"):
        make_container("churn", tmp_path / "churn")


def test_a_new_workload_is_named_as_asked_and_says_what_is_next(launchpad, checkout):
    result = launchpad("new", "churn")
    assert (result.returncode, result.stdout.strip()) == (0, "workloads/churn is ready")
    assert "launchpad run churn" in result.stderr
    workload = load_workload("churn", checkout / "workloads")
    assert workload.training.channels["training"].prefix == "churn/training"
    assert launchpad("validate").stdout.strip() == "5 files checked: all good"


def test_a_list_has_every_framework_with_a_sentence(launchpad):
    lines = launchpad("new", "--list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(frameworks())
    assert min(len(line.split()) for line in lines) > 6


def test_a_workload_that_exists_is_never_overwritten(launchpad, checkout):
    launchpad("new", "churn")
    (checkout / "workloads" / "churn" / "data.py").write_text("mine")
    assert "workloads/churn exists already" in one_message(launchpad("new", "churn"))
    assert (checkout / "workloads" / "churn" / "data.py").read_text() == "mine"


@pytest.mark.parametrize("name", ["Churn", "churn_2", "-churn", "a/b", "../evil", "", "x" * 41])
def test_a_name_that_aws_would_refuse_is_refused(launchpad, checkout, name):
    result = launchpad("new", "--", name)
    assert result.returncode == 2
    assert "lower-case letters, digits and inner hyphens" in result.stderr
    assert list((checkout / "workloads").iterdir()) == []


def test_an_unknown_framework_is_answered_with_the_known_ones(launchpad):
    result = launchpad("new", "churn", "--framework", "sklern")
    assert result.returncode == 2
    assert "did you mean 'sklearn'?" in result.stderr
