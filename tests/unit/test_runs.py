"""A workload's runs: which are shown, in which order, in which columns."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

from launchpad.messages.errors import LaunchpadError
from launchpad.runs import columns
from launchpad.runs.conditions import sort, where
from launchpad.runs.goal import goal_of
from launchpad.runs.pipeline_jobs import jobs_of
from launchpad.runs.provenance import data_version
from launchpad.runs.reading import numbers_in, workload_of
from launchpad.runs.run import Gate, Run, decoded, differing
from launchpad.runs.verdicts import verdict
from tests.unit.functions import imported

BEGAN = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)


def run(number, **values):
    fields = {
        "hyperparameters": {"lr": str(number / 10), "optimizer": "adam", "depth": "3"},
        "metrics": {"auc": 0.7 + number / 100},
        "seconds": 60.0 * number,
        **values,
    }
    return Run(f"local-a-{number}", "Completed", BEGAN + timedelta(days=number), **fields)


RUNS = [
    run(3, commit="c" * 40, dirty=True),
    run(2, hyperparameters={"lr": "1e-1", "optimizer": "sgd", "depth": "3"}, gate=Gate(True, "auc at least 0.7")),
    Run("local-a-1", "Failed", BEGAN, hyperparameters={"lr": "0.3", "optimizer": "adam", "depth": "3"}),
]


def names(runs):
    return [each.job[-1] for each in runs]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("auc>0.72", "3"),
        ("auc >= 0.72", "32"),
        ("metrics.auc<0.725", "2"),
        ("hyperparameters.lr=0.1", "2"),
        ("lr!=0.1", "31"),
        ("status=completed", "32"),
        ("status!=Completed", "1"),
        ("optimizer='adam'", "31"),
        ("dirty=true", "3"),
        ("gate=passed", "2"),
        ("started>2026-11-30T10:00", "3"),
        ("started<2026-11-29", "1"),
        ("seconds<=120", "2"),
    ],
)
def test_a_condition_keeps_the_runs_that_fit(condition, expected):
    assert "".join(names(where(RUNS, [condition]))) == expected


def test_all_conditions_must_hold():
    assert names(where(RUNS, ["auc>0.7", "optimizer=adam"])) == ["3"]


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("auc", "is no comparison; write KEY"),
        ("auc>", "is no comparison"),
        (">0.8", "is no comparison"),
        ("acu>0.8", "did you mean 'auc'"),
        ("auc>high", "compares numbers"),
        ("optimizer>3", "compares numbers"),
        ("started>yesterday", "write a time such as"),
    ],
)
def test_a_condition_that_says_nothing_is_refused(condition, message):
    with pytest.raises(LaunchpadError, match=message):
        where(RUNS, [condition])


def test_runs_without_the_value_are_sorted_last():
    assert names(sort(RUNS, "auc")) == ["2", "3", "1"]
    assert names(sort(RUNS, "-auc")) == ["3", "2", "1"]


def test_numbers_are_sorted_as_numbers():
    runs = [run(1, hyperparameters={"size": size}) for size in ("10", "9", "1e1", "x")]
    assert [each.hyperparameters["size"] for each in sort(runs, "size")] == ["9", "10", "1e1", "x"]


def test_an_unknown_order_names_the_nearest():
    with pytest.raises(LaunchpadError, match="--sort 'sarted': no run has it; did you mean 'started'"):
        sort(RUNS, "-sarted")


def test_hyperparameters_that_differ_come_before_the_others():
    assert differing(RUNS) == ["lr", "optimizer"]
    titles = [column.title for column in columns.columns(RUNS)]
    assert titles[:5] == ["job", "status", "auc", "lr", "optimizer"]
    assert titles[-1] == "depth"


def test_without_a_width_no_column_is_left_out():
    chosen, left_out = columns.fitting(columns.columns(RUNS), None)
    assert (chosen, left_out) == (columns.columns(RUNS), [])


@pytest.mark.parametrize("width", [30, 60, 80, 120])
def test_a_narrow_table_fits_and_names_what_it_lacks(width):
    every = columns.columns(RUNS)
    chosen, left_out = columns.fitting(every, width)
    others = sum(column.width + columns.GAP for column in chosen[1:]) - columns.GAP
    assert chosen[0].title == "job"
    assert columns.INDENT + others <= width
    assert {column.title for column in chosen} | {*left_out} == {column.title for column in every}


@pytest.mark.parametrize(("is_needed", "left_out"), [(False, ["cost"]), (True, [])])
def test_a_narrow_table_has_two_lines_rather_than_lack_a_needed_column(is_needed, left_out):
    others = [columns.Column(str(number), ["x" * 4]) for number in range(7)]
    cost = columns.Column("cost", ["$0.0002"], is_needed=is_needed)
    assert columns.fitting([columns.Column("job", ["x" * 45]), *others, cost], 100)[1] == left_out


def test_csv_has_a_column_for_each_name_of_a_condition():
    first, *_ = csv.DictReader(io.StringIO(columns.as_csv(RUNS)))
    assert (first["job"], first["metrics.auc"], first["hyperparameters.lr"]) == ("local-a-3", "0.73", "0.3")
    assert first["commit"] == "c" * 40


def test_json_has_every_fact_of_a_run():
    content = columns.as_json(RUNS[1])
    assert (content["gate"], content["gate_reason"], content["cost_usd"]) == ("passed", "auc at least 0.7", None)
    assert content["started"] == "2026-11-30T09:00:00+00:00"


def test_script_modes_quotes_are_no_part_of_a_text():
    values = {"optimizer": '"adam"', "lr": "0.1", "sagemaker_program": '"t.py"', "_tuning_objective_metric": "auc"}
    assert decoded(values) == {"lr": "0.1", "optimizer": "adam"}


@pytest.mark.parametrize(
    ("metrics", "passed"), [({"auc": 0.9}, True), ({"auc": 0.5}, False), ({"auc": float("nan")}, False), ({}, False)]
)
def test_the_verdict_is_that_of_the_platforms_gate(metrics, passed):
    gate = verdict({"quality_gate": {"metric": "auc", "at_least": 0.8, "at_most": None}, "evaluate": None}, metrics)
    assert gate.passed is passed


def test_a_run_that_waits_for_its_evaluation_has_no_verdict():
    definition = {"quality_gate": {"metric": "error", "at_least": None, "at_most": 1}, "evaluate": {"inputs": {}}}
    assert verdict(definition, {"error": 0.5}) is None
    assert verdict(definition, {"error": 0.5}, evaluated=True).passed


def test_the_best_run_is_that_of_the_gates_direction():
    gate = {"quality_gate": {"metric": "auc", "at_least": None, "at_most": 1}}
    assert names([goal_of(RUNS, gate).best(RUNS)]) == ["2"]
    assert names([goal_of(RUNS, {}).best(RUNS)]) == ["3"]
    assert names([goal_of(RUNS, {}, choice="-auc").best(RUNS)]) == ["2"]


def test_a_loss_is_best_where_it_is_lowest():
    runs = [run(number, metrics={"validation:loss": number}) for number in (3, 1, 2)]
    assert names([goal_of(runs, {}).best(runs)]) == ["1"]


def test_a_metric_that_no_run_reported_decides_nothing():
    with pytest.raises(LaunchpadError, match="--metric 'acu': no run reported it; did you mean 'auc'"):
        goal_of(RUNS, {}, choice="acu")


def test_a_diverged_run_is_never_the_best():
    runs = [run(1, metrics={"auc": float("nan")}), run(2)]
    assert names([goal_of(runs, {}).best(runs)]) == ["2"]


def test_a_pipelines_jobs_are_known_by_their_names():
    assert "local-line-pipe" in {*jobs_of("local", "line", "line-pipe")}
    assert "local-line-pipe-r1" in {*jobs_of("local", "line", "line-pipe")}


def test_the_version_of_all_channels_is_that_of_the_tag(tmp_path, monkeypatch):
    channels = {
        "train": {"uri": "s3://b/t/", "version": "0" * 16, "objects": 1, "bytes": 2, "truncated": False},
        "test": {"uri": "s3://b/u/", "version": "1" * 16, "objects": 1, "bytes": 2, "truncated": False},
    }
    with imported(tmp_path, monkeypatch, "data_versions", {}) as module:
        assert data_version({"data": channels}) == module.combined(channels)
    channels["test"]["version"] = None
    assert data_version({"data": channels}) == ""


def test_the_workload_is_read_from_the_output_folder():
    job = {"TrainingJobName": "j", "OutputDataConfig": {"S3OutputPath": "s3://bucket/churn/jobs"}}
    assert workload_of(job) == "churn"
    with pytest.raises(LaunchpadError, match="no training job of this platform"):
        workload_of({"TrainingJobName": "j", "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"}})


@pytest.mark.parametrize("content", [b"", b"[1]", b"\xff", b'{"a": "b", "c": true}'])
def test_an_evaluation_without_numbers_has_no_metrics(content):
    assert numbers_in(content) == {}
