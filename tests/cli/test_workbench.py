"""What `launchpad shell` and `launchpad debug` give a script: the job's request, and its inputs, without a deploy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from launchpad import paths
from launchpad.catalogue import load_workload
from launchpad.cli.workbench.contents import Source, fetch_inputs, link_scripts
from launchpad.cli.workbench.plan import Plan, plan
from launchpad.messages.errors import LaunchpadError

CHANNEL = "input/data/training"


@pytest.fixture
def training() -> Plan:
    return plan(load_workload("boston-housing"), "training")


def test_a_script_gets_the_hyperparameters_and_channels_of_its_job(training):
    assert training.request["HyperParameters"]["test-size"] == "0.1"
    assert training.inputs == {CHANNEL: "s3://data/boston-housing/training/"}
    assert (training.script, training.code, training.network) == ("train.py", "code", False)


def test_an_earlier_jobs_hyperparameters_and_data_replace_them():
    channel = {"ChannelName": "training", "DataSource": {"S3DataSource": {"S3Uri": "s3://other/a/"}}}
    job = {"HyperParameters": {"test-size": "0.5"}, "InputDataConfig": [channel]}
    chosen = plan(load_workload("boston-housing"), "training", job)
    assert chosen.request["HyperParameters"] == {"test-size": "0.5"}
    assert chosen.inputs == {CHANNEL: "s3://other/a/"}


@pytest.mark.parametrize("name", sorted(path.parent.name for path in paths.WORKLOADS.glob("*/workload.yaml")))
def test_every_section_of_every_workload_has_a_plan(name):
    workload = load_workload(name)
    sections = [part for part in ("training", "prepare", "evaluate", "serving") if getattr(workload, part)]
    plans = [plan(workload, section) for section in sections]
    assert [chosen.image for chosen in plans if not chosen.image] == []


def test_a_missing_section_is_answered_with_the_others():
    with pytest.raises(LaunchpadError, match="no `evaluate` section: known sections: serving, training"):
        plan(load_workload("boston-housing"), "evaluate")


def test_scripts_are_links_so_that_an_edit_counts_at_once(training, tmp_path):
    assert link_scripts(training, tmp_path) == {"code": str(paths.WORKLOADS / "boston-housing" / "src")}


def test_libraries_are_next_to_the_script_as_in_a_job(tmp_path):
    chosen = plan(load_workload("synthetic-regression-tensorflow"), "training")
    links = link_scripts(chosen, tmp_path)
    assert {"code/train.py", "code/regression.py"} <= links.keys()
    assert all(Path(target).exists() for target in links.values())


def test_data_comes_from_the_folder_that_was_named(training, tmp_path):
    (tmp_path / "mine" / "training").mkdir(parents=True)
    links = fetch_inputs(training, Source(tmp_path / "mine"), tmp_path / "store")
    assert links == {CHANNEL: str(tmp_path / "mine" / "training")}


def test_a_folder_without_a_channel_is_refused_with_its_name(training, tmp_path):
    with pytest.raises(LaunchpadError, match=r"input training: .* has no folder training; create it there"):
        fetch_inputs(training, Source(tmp_path), tmp_path / "store")


def test_an_evaluation_without_a_model_says_what_makes_one(tmp_path):
    chosen = plan(load_workload("boston-housing-xgboost"), "evaluate")
    with pytest.raises(LaunchpadError, match=r"needs a model.*`launchpad run boston-housing-xgboost` first"):
        fetch_inputs(chosen, Source(), tmp_path)


class Objects:
    """Two objects of a bucket, one of which stands for the folder itself."""

    def get_paginator(self, _operation: str) -> Objects:
        return self

    def paginate(self, *, Bucket: str, Prefix: str) -> list[dict]:  # noqa: N803 -- boto3's names
        assert (Bucket, Prefix) == ("other", "a/")
        return [{"Contents": [{"Key": "a/"}, {"Key": "a/b/rows.csv"}]}]

    def download_file(self, _bucket: str, key: str, path: str) -> None:
        Path(path).write_text(key)


def test_data_comes_from_s3_where_the_local_aws_runs(training, tmp_path):
    class Connection:
        def client(self, _service: str) -> Objects:
            return Objects()

    chosen = replace(training, inputs={CHANNEL: "s3://other/a/"})
    links = fetch_inputs(chosen, Source(connection=Connection()), tmp_path)
    assert (Path(links[CHANNEL]) / "b" / "rows.csv").read_text() == "a/b/rows.csv"
