"""Which folders `launchpad data` may fill in addition to the training channels."""

from __future__ import annotations

import pytest

from launchpad import paths
from launchpad.cli.preparing import input_prefixes, required_channels
from launchpad.workload import Workload

MACHINE = {"type": "ml.m5.large"}
SCRIPT = {"entry_point": "script.py", "instance": MACHINE}


def workload(**sections):
    return Workload.model_validate(
        {"name": "wine", "description": "Wine.", "image": {"framework": "sklearn"}, **sections}
    )


def test_processing_inputs_go_by_their_names():
    prepare = {**SCRIPT, "inputs": {"raw": {"prefix": "wine/raw"}, "elsewhere": {"uri": "s3://bucket/wine"}}}
    assert input_prefixes(workload(prepare=prepare)) == {"raw": "wine/raw"}


def test_a_transforms_input_is_called_transform():
    transform = {"instance": MACHINE, "input": {"prefix": "wine/test", "content_type": "text/csv"}}
    assert input_prefixes(workload(serving=SCRIPT, transform=transform)) == {"transform": "wine/test"}


def test_inputs_of_a_spark_step_in_the_data_bucket_go_by_their_folder():
    spark = {"entry_point": "script.py", "arguments": ["--input", "{data}/wine/raw/", "{models}/wine", "--size", "9"]}
    assert input_prefixes(workload(spark=spark)) == {"raw": "wine/raw"}


@pytest.fixture
def owners(tmp_path, monkeypatch):
    """A checkout with a workload `grapes`."""
    (tmp_path / "grapes").mkdir()
    (tmp_path / "grapes" / "workload.yaml").touch()
    monkeypatch.setattr(paths, "WORKLOADS", tmp_path)


def test_another_workloads_folder_is_not_for_data_py_to_write(owners):
    folders = {"train": {"prefix": "grapes/training"}, "test": {"prefix": "wine/test"}, "new": {"prefix": "vines/new"}}
    assert required_channels(workload(training={**SCRIPT, "channels": folders})) == ("test", "new")
