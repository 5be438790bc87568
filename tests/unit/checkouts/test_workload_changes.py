"""What the report says about workloads, which are only a changed hash in the templates."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from launchpad import paths
from launchpad.catalogue import load_catalogue
from launchpad.checkouts.catalogues import ShippedCatalogue, shipped_catalogues
from launchpad.checkouts.workload_changes import workload_changes, workload_table
from launchpad.settings import EnvironmentSettings
from stacks.constructs.function_code import function_files, write_files

NAME = "boston-housing"
TEMPLATES = {
    ("dev", "jobs"): {
        "Resources": {"F": {"Type": "AWS::Lambda::Function", "Properties": {"Code": {"S3Key": "a1.zip"}}}}
    }
}


def shipped(workloads: Path, assembly: Path) -> dict[str, ShippedCatalogue]:
    """The catalogue of a folder of workloads, as the stacks write it into an assembly."""
    catalogue = load_catalogue(EnvironmentSettings(name="dev", region="eu-west-1"), workloads)
    write_files(function_files(catalogue, "eu-west-1"), assembly / "asset.a1")
    return shipped_catalogues(assembly, TEMPLATES)


@pytest.fixture
def workloads(tmp_path: Path) -> Path:
    """A folder with one of the samples."""
    shutil.copytree(paths.WORKLOADS / NAME, tmp_path / "workloads" / NAME)
    return tmp_path / "workloads"


def rows(old: dict[str, ShippedCatalogue], new: dict[str, ShippedCatalogue]) -> tuple[str, ...]:
    table = workload_table(workload_changes(old, new))
    return table.rows if table else ()


def test_a_lowered_gate_and_a_larger_instance_are_said(workloads: Path, tmp_path: Path) -> None:
    old = shipped(workloads, tmp_path / "old")
    file = workloads / NAME / "workload.yaml"
    text = file.read_text().replace("at_least: 0.5", "at_least: 0.1")
    file.write_text(text.replace("ml.m5.large", "ml.m5.4xlarge", 1))
    (row,) = rows(old, shipped(workloads, tmp_path / "new"))
    assert row == (
        f"| `{NAME}` | dev | `quality_gate.at_least`: `0.5` → `0.1`<br>"
        "`training.instance.type`: `ml.m5.large` → `ml.m5.4xlarge` |"
    )


def test_changed_scripts_are_named_with_the_sections_that_run_them(workloads: Path, tmp_path: Path) -> None:
    old = shipped(workloads, tmp_path / "old")
    source = workloads / NAME / "src"
    (source / "train.py").write_text("# another")
    (source / "more.py").write_text("")
    (row,) = rows(old, shipped(workloads, tmp_path / "new"))
    assert row == (
        f"| `{NAME}` | dev | Script `more.py` added (serving, training)<br>"
        "Script `train.py` changed (serving, training) |"
    )


def test_workloads_that_come_and_go_are_said() -> None:
    old, new = ({"dev": ShippedCatalogue({name: {"name": name}})} for name in ("one", "two"))
    assert rows(old, new) == ("| `one` | dev | Removed. |", "| `two` | dev | Added. |")


def test_equal_workloads_are_not_listed(workloads: Path, tmp_path: Path) -> None:
    assert rows(shipped(workloads, tmp_path / "old"), shipped(workloads, tmp_path / "new")) == ()


def test_the_same_change_of_environments_is_one_row() -> None:
    old, new = ({name: ShippedCatalogue({"one": {"gate": gate}}) for name in ("prod", "dev")} for gate in (0.5, 0.1))
    assert rows(old, new) == ("| `one` | dev, prod | `gate`: `0.5` → `0.1` |",)


@pytest.mark.parametrize("moved", [True, False])
def test_the_registry_of_images_counts_only_where_nothing_moved(moved: bool) -> None:
    registries = ("141502667606.dkr.ecr.eu-west-1.amazonaws.com", "492215442770.dkr.ecr.eu-central-1.amazonaws.com")
    old, new = (
        {"dev": ShippedCatalogue({"one": {"training": {"image": f"{registry}/sklearn:1"}}})} for registry in registries
    )
    assert bool(workload_changes(old, new, ["dev"] if moved else [])) is not moved


def test_many_values_of_one_workload_are_counted() -> None:
    old, new = (
        {"dev": ShippedCatalogue({"one": {f"value{number}": text for number in range(20)}})} for text in ("a", "b")
    )
    assert rows(old, new)[0].endswith("<br>and 8 more |")


def test_a_value_of_a_definition_breaks_out_of_no_cell() -> None:
    old, new = ({"dev": ShippedCatalogue({"one": {"text": text}})} for text in ("a", "b | @team\n<script>"))
    assert rows(old, new) == ("| `one` | dev | `text`: `a` → `b \\| @team⏎<script>` |",)


def test_an_assembly_without_a_catalogue_has_no_workloads(tmp_path: Path) -> None:
    assert shipped_catalogues(tmp_path, TEMPLATES) == {}


def test_an_older_catalogue_without_packaged_scripts_is_read(tmp_path: Path) -> None:
    (tmp_path / "asset.a1").mkdir()
    (tmp_path / "asset.a1" / "catalogue.json").write_text(json.dumps({"one": {"gate": 1}}))
    assert shipped_catalogues(tmp_path, TEMPLATES) == {"dev": ShippedCatalogue({"one": {"gate": 1}})}
