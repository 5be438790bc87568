"""A workload uses another one's scripts by naming their folder; what its jobs get is as if it held a copy."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from launchpad.catalogue import load_catalogue, load_workload
from launchpad.cli.preparing import data_script
from launchpad.messages.errors import InvalidFileError
from launchpad.settings import load_environment

ORIGINAL = """\
name: original
description: The workload that holds the scripts.
image: {framework: sklearn}
training:
  entry_point: train.py
  instance: {type: ml.m5.large}
  channels:
    training: {prefix: original/training}
"""
VARIANT = """\
name: variant
description: The workload that uses them.
image: {framework: sklearn}
data_script: ../original/data.py
training:
  entry_point: train.py
  source_dir: ../original/src
  libraries: []
  instance: {type: ml.m5.large}
  channels:
    training: {prefix: variant/training}
"""


@pytest.fixture
def workloads(tmp_path: Path) -> Path:
    for name, text in {"original": ORIGINAL, "variant": VARIANT}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "workload.yaml").write_text(text)
    for file in ("data.py", "src/train.py", "src/common.py", "tables/__init__.py"):
        path = tmp_path / "original" / file
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"print({file!r})\n")
    return tmp_path


def edited(workloads: Path, old: str, new: str) -> None:
    path = workloads / "variant" / "workload.yaml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def digest(workloads: Path, name: str = "variant") -> str:
    return load_catalogue(load_environment("staging"), workloads).workloads[name]["training"]["source"]


def packaged(workloads: Path) -> list[str]:
    archive = load_catalogue(load_environment("staging"), workloads).archives[digest(workloads)]
    with tarfile.open(fileobj=io.BytesIO(archive.data), mode="r:gz") as files:
        return files.getnames()


def refusal(workloads: Path) -> str:
    with pytest.raises(InvalidFileError) as error:
        load_workload("variant", workloads)
    return str(error.value)


def test_a_named_folder_is_packaged_as_a_copy_would_be(workloads):
    assert packaged(workloads) == ["common.py", "train.py"]
    assert digest(workloads) == digest(workloads, "original")


def test_an_edit_of_the_shared_scripts_changes_the_digest(workloads):
    before = digest(workloads)
    (workloads / "original" / "src" / "common.py").write_text("print('another')\n")
    assert digest(workloads) != before


def test_a_library_may_be_another_workloads_folder_or_module(workloads):
    (workloads / "variant" / "src").mkdir()
    (workloads / "variant" / "src" / "train.py").write_text("import common, tables\n")
    edited(workloads, "../original/src", "src")
    edited(workloads, "[]", "[../original/src/common.py, ../original/tables]")
    assert packaged(workloads) == ["common.py", "tables/__init__.py", "train.py"]


def test_a_library_may_not_hide_a_script(workloads):
    edited(workloads, "[]", "[../original/src/common.py]")
    assert "workload.yaml:8: training.libraries: 'common.py' is already in '../original/src'" in refusal(workloads)


def test_the_data_script_may_be_another_workloads(workloads):
    script = data_script(load_workload("variant", workloads), workloads)
    assert script == workloads / "original" / "data.py"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("../original/src", "../original/scr", "workload.yaml:7: training.source_dir: there is no folder '../origi"),
        ("../original/src", "../../src", "workload.yaml:7: training.source_dir: '../../src' must name a folder of w"),
        ("../original/src", "../", "workload.yaml:7: training.source_dir: '../' must name a folder of workloads/"),
        ("../original/src", "../.", "workload.yaml:7: training.source_dir: '../.' must name a folder of workloads/"),
        ("../original/src", "..//tmp", "workload.yaml:7: training.source_dir: '..//tmp' must name a folder of work"),
        ("../original/src", "../original/../../x", "workload.yaml:7: training.source_dir: '../original/../../x' must"),
        ("../original/src", "/tmp/src", "workload.yaml:7: training.source_dir: '/tmp/src' must lie inside"),
        ("[]", "[../original/none]", "workload.yaml:8: training.libraries: there is no folder or file '../original/n"),
        ("[]", "[../../etc]", "workload.yaml:8: training.libraries.0: '../../etc' must name a folder of workloads/"),
        ("original/data.py", "original/table.py", "workload.yaml:4: data_script: there is no file '../original/tab"),
        ("../original/data.py", "../../data.py", "workload.yaml:4: data_script: '../../data.py' must name a folder"),
    ],
)
def test_a_wrong_path_is_refused_with_line_key_and_remedy(workloads, old, new, complaint):
    edited(workloads, old, new)
    message = refusal(workloads)
    assert complaint in message
    assert any(remedy in message for remedy in ("create it", "write a path such as", "write a relative path"))
