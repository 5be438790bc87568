"""What can't be monitored is refused before a deploy, with the key and the reason."""

from __future__ import annotations

import ast
from typing import Any

import pytest
import yaml
from jsonschema_rs import validator_for

from launchpad import paths
from launchpad.catalogue.together import problems_together
from launchpad.checks.json_schemas import schema
from launchpad.config_files.yaml_source import load
from launchpad.messages.errors import InvalidFileError
from launchpad.workload import Workload
from launchpad.workload.monitoring import METRICS
from launchpad.workload.monitoring.drift import DISTANCES, P_VALUE_TESTS
from tests.unit.conftest import WORKLOAD, rendered

COLUMNS = "columns: {y: categorical, age: numeric, job: categorical}"
FULL = f"""\
monitoring:
  capture: {{percent: 5}}
  schedule: rate(12 hours)
  channel: training
  header: false
  {COLUMNS}
  target: y
  task: binary
  content_type: text/csv
  minimum_records: 100
  drift: {{share: 0.2, tests: ks, columns: {{age: 0.01}}, ignore: [job]}}
  quality: {{metric: auc, at_least: 0.8, days: 14}}
  segments: [job]
  on_alarm: retrain
  instance: {{type: ml.m5.xlarge, volume_gb: 50}}
  max_runtime_minutes: 90
"""
TRAINING = WORKLOAD[WORKLOAD.index("training:") : WORKLOAD.index("serving:")]
SERVING = WORKLOAD[WORKLOAD.index("serving:") : WORKLOAD.index("quality_gate:")]
SERVERLESS = "serving: {entry_point: inference.py, mode: serverless, network_isolation: false}\n"
TRANSFORM = "transform:\n  input: {prefix: a, content_type: text/csv}\n  instance: {type: ml.m5.large}\n"


def monitoring(*lines: str) -> str:
    return "monitoring:\n" + "".join(f"  {line}\n" for line in lines)


RIGHT = {
    "nothing but the section": "monitoring: {}\n",
    "every key": FULL,
    "an hour": monitoring("schedule: rate(60 minutes)"),
    "hourly": monitoring("schedule: cron(15 * * * ? *)"),
    "types without a target": monitoring(COLUMNS, "segments: [job]", "task: regression"),
    "an error": monitoring("task: regression", "quality: {metric: rmse, at_most: 3.5}"),
    "json": monitoring("content_type: application/jsonlines", "drift: {tests: psi, columns: {age: 2.5}}"),
}
WRONG = [
    (monitoring("capture: {percent: 0}"), "monitoring.capture.percent: should be greater than or equal to 1"),
    (monitoring("capture: {percent: 101}"), "monitoring.capture.percent: should be less than or equal to 100"),
    (monitoring("capture: {procent: 5}"), "did you mean 'percent'?"),
    (monitoring("schedule: daily"), "monitoring.schedule: 'daily' is no schedule"),
    (monitoring("schedule: rate(59 minutes)"), "monitoring.schedule: would run again after 59 minutes"),
    (monitoring("schedule: cron(0,30 * * * ? *)"), "monitoring.schedule: would run again after 30 minutes"),
    (monitoring("header: false"), "monitoring.columns: is required with `header: false`"),
    (monitoring("columns: {}"), "monitoring.columns: should have at least 1 item"),
    (monitoring("columns: {age: number}"), "monitoring.columns.age: should be 'numeric', 'categorical' or 'boolean'"),
    (monitoring(COLUMNS, "target: z"), "monitoring.target: there is no column 'z' (y, age, job)"),
    (monitoring("content_type: application/x-npy"), "monitoring.content_type: should be 'text/csv', 'application/json"),
    (monitoring("minimum_records: 0"), "monitoring.minimum_records: should be greater than or equal to 1"),
    (monitoring("drift: {share: 1}"), "monitoring.drift.share: should be less than 1"),
    (monitoring("drift: {share: -0.1}"), "monitoring.drift.share: should be greater than or equal to 0"),
    (monitoring("drift: {tests: kss}"), "monitoring.drift.tests: no test 'kss'; did you mean 'ks'?"),
    (monitoring("drift: {columns: {age: 0}}"), "monitoring.drift.columns.age: should be greater than 0"),
    (monitoring("drift: {tests: ks, columns: {age: 1.5}}"), "must be below 1, because ks gives a p-value, not 1.5"),
    (monitoring(COLUMNS, "drift: {columns: {ag: 0.1}}"), "monitoring.drift.columns.ag: there is no column 'ag'"),
    (monitoring(COLUMNS, "drift: {ignore: [age, id]}"), "monitoring.drift.ignore.1: there is no column 'id'"),
    (monitoring(COLUMNS, "task: binary", "segments: [jobs]"), "monitoring.segments.0: there is no column 'jobs'"),
    (monitoring("target: y", "drift: {columns: {y: 1}}"), "'y' is the target, which requests don't have"),
    (monitoring("target: y", "task: binary", "segments: [y]"), "monitoring.segments.0: 'y' is the target"),
    (monitoring("drift: {columns: {a: 1}, ignore: [a]}"), "'a' is in drift.ignore, so it has no threshold"),
    (monitoring(COLUMNS, "target: y", "drift: {ignore: [age, job]}"), "monitoring.drift.ignore: leaves no column"),
    (monitoring("segments: [job]"), "monitoring.task: is required with segments"),
    (monitoring("quality: {metric: auc, at_least: 0.8}"), "monitoring.task: is required with quality: it says what"),
    (
        monitoring("task: regression", "quality: {metric: auc, at_least: 0.8}"),
        "monitoring.quality.metric: auc is no metric of a regression task; write mae, rmse or r2",
    ),
    (monitoring("task: binary", "quality: {metric: auc}"), "monitoring.quality: write exactly one of at_least and"),
    (
        monitoring("task: binary", "quality: {metric: auc, at_least: 0.8, at_most: 1}"),
        "monitoring.quality: write exactly one of at_least and at_most",
    ),
    (
        monitoring("task: binary", "quality: {metric: auc, at_least: 80}"),
        "monitoring.quality.at_least: must be from 0 to 1, as auc is, not 80",
    ),
    (
        monitoring("task: regression", "quality: {metric: r2, at_least: 2}"),
        "monitoring.quality.at_least: must be at most 1, as r2 is, not 2",
    ),
    (
        monitoring("task: regression", "quality: {metric: mae, at_most: -1}"),
        "monitoring.quality.at_most: must be at least 0, as mae is, not -1",
    ),
    (
        monitoring("task: regression", "quality: {metric: mae, at_least: 3}"),
        "the alarm would be upside down, because less mae is better: at_most",
    ),
    (
        monitoring("task: binary", "quality: {metric: f1, at_most: 0.9}"),
        "the alarm would be upside down, because more f1 is better: at_least",
    ),
    (monitoring("on_alarm: page"), "monitoring.on_alarm: should be 'notify' or 'retrain'"),
    (monitoring("instance: {type: m5.large}"), "monitoring.instance.type: SageMaker has no instance type 'm5.large'"),
    (monitoring("instance: {type: ml.t3.medium}"), "monitoring.instance.type: SageMaker has no instance type"),
    (monitoring("channel: train"), "monitoring.channel: there is no channel 'train' in training.channels (training)"),
]
SEEN_BY_EDITORS = [
    monitoring("capture: {percent: 0}"),
    monitoring("header: false"),
    monitoring("drift: {tests: kss}"),
    monitoring("segments: [job]"),
    monitoring("quality: {metric: auc, at_least: 0.8}"),
    monitoring("task: regression", "quality: {metric: auc, at_least: 0.8}"),
    monitoring("task: binary", "quality: {metric: auc}"),
    monitoring("task: regression", "quality: {metric: mae, at_least: 3}"),
    monitoring("instance: {type: ml.t3.medium}"),
]


def read(text: str, tmp_path: Any) -> Workload:
    path = tmp_path / "workload.yaml"
    path.write_text(text)
    return load(path, Workload)


def complaints(text: str, tmp_path: Any) -> str:
    with pytest.raises(InvalidFileError) as error:
        read(text, tmp_path)
    return str(error.value)


@pytest.mark.parametrize("text", RIGHT.values(), ids=RIGHT)
def test_each_key_of_monitoring_is_accepted(tmp_path, text):
    assert read(WORKLOAD + text, tmp_path).monitoring
    document = yaml.safe_load(WORKLOAD + text)
    assert [error.message for error in validator_for(schema("workload")).iter_errors(document)] == []


@pytest.mark.parametrize(("text", "complaint"), WRONG, ids=[complaint[:60] for _, complaint in WRONG])
def test_wrong_monitoring_is_refused_with_its_reason(tmp_path, text, complaint):
    assert complaint in complaints(WORKLOAD + text, tmp_path)


@pytest.mark.parametrize("text", SEEN_BY_EDITORS)
def test_an_editor_sees_wrong_monitoring(text):
    assert list(validator_for(schema("workload")).iter_errors(yaml.safe_load(WORKLOAD + text)))


def test_the_line_of_the_wrong_key_is_reported(tmp_path):
    line = WORKLOAD.count("\n") + 3
    text = WORKLOAD + monitoring("header: true", "target: y", "drift: {columns: {y: 1}}")
    assert f"{line + 1}: monitoring.drift.columns.y" in complaints(text, tmp_path)


WITHOUT_REQUESTS = WORKLOAD.replace(SERVING, "")
MANY = WORKLOAD.replace(SERVING, f"{SERVING}  shared_endpoint: many\n")
AFTER = WORKLOAD.replace(SERVING, f"{SERVING}  preprocessors: [other]\n")
ASYNC = WORKLOAD.replace(SERVING, f"{SERVING}  mode: async\n")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (f"{WITHOUT_REQUESTS}monitoring: {{}}\n", "monitoring: needs a `serving` section"),
        (f"{MANY}monitoring: {{}}\n", "monitoring: what a shared endpoint captures doesn't say which of its models"),
        (f"{AFTER}monitoring: {{}}\n", "monitoring: requests are captured before serving.preprocessors work on them"),
        (f"{ASYNC}{monitoring('capture: {percent: 5}')}", "monitoring.capture: an asynchronous endpoint's requests"),
        (
            f"{WORKLOAD.replace(SERVING, SERVERLESS)}monitoring: {{}}\n",
            "monitoring: AWS captures no requests of serverless endpoints",
        ),
        (
            f"{WORKLOAD.replace(SERVING, SERVERLESS)}{TRANSFORM}{monitoring('capture: {percent: 5}')}",
            "monitoring.capture: AWS captures no requests of serverless endpoints",
        ),
    ],
)
def test_requests_that_are_out_of_reach_are_no_data(tmp_path, text, complaint):
    assert complaint in complaints(text, tmp_path)


@pytest.mark.parametrize("text", [ASYNC, WORKLOAD.replace(SERVING, SERVERLESS) + TRANSFORM, WORKLOAD + TRANSFORM])
def test_what_keeps_its_requests_in_s3_is_monitored(tmp_path, text):
    assert read(f"{text}monitoring: {{}}\n", tmp_path).monitoring


def test_retraining_needs_a_training_section(tmp_path):
    text = WORKLOAD.replace(TRAINING, "").replace("quality_gate: {metric: r2, at_least: 0.5}\n", "")
    problems = complaints(text + monitoring("on_alarm: retrain"), tmp_path)
    assert "monitoring: needs a `training` section: requests are compared with its data" in problems
    assert "monitoring.on_alarm: there is no `training` section to run again" in problems


CHANNEL = "    training: {prefix: boston-housing/training, content_type: text/csv}\n"


@pytest.mark.parametrize(
    ("channels", "section", "complaint"),
    [
        ("    a: {prefix: a}\n    b: {prefix: b}\n", "monitoring: {}\n", "monitoring.channel: is required: which of"),
        (
            "    a: {prefix: a, content_type: application/x-recordio}\n",
            "monitoring: {}\n",
            "monitoring.channel: channel 'a' has application/x-recordio, and a baseline is made from CSV files",
        ),
        (
            "    a: {uri: 's3://bucket/a.manifest', attributes: [x]}\n    b: {prefix: b}\n",
            monitoring("channel: a"),
            "monitoring.channel: channel 'a' has an augmented manifest",
        ),
    ],
)
def test_a_baseline_has_a_channel_that_it_can_read(tmp_path, channels, section, complaint):
    assert complaint in complaints(WORKLOAD.replace(CHANNEL, channels) + section, tmp_path)


@pytest.mark.parametrize("channels", ["    test: {prefix: b}\n    train: {prefix: a}\n", "    a: {prefix: a}\n"])
def test_the_training_split_need_not_be_named(tmp_path, channels):
    assert read(f"{WORKLOAD.replace(CHANNEL, channels)}monitoring: {{}}\n", tmp_path).monitoring


def test_names_that_differ_in_hyphens_have_no_two_schedules(tmp_path):
    names = ("boston-housing", "bostonhousing")
    workloads = {name: rendered(f"{WORKLOAD}monitoring: {{}}\n".replace("boston-housing", name, 1)) for name in names}
    problems = "\n".join(map(str, problems_together(workloads, tmp_path)))
    assert "monitoring: 'boston-housing' has a schedule too, and its name differs only in hyphens" in problems


def test_no_endpoint_has_the_metrics_of_anothers_transforms(tmp_path):
    batch = "transform: {instance: {type: ml.m5.large}, input: {prefix: a, content_type: text/csv}}\n"
    text = f"{WORKLOAD}monitoring: {{}}\n{batch}"
    names = ("boston-housing", "boston-housing-transform")
    workloads = {name: rendered(text.replace("boston-housing", name, 1)) for name in names}
    problems = "\n".join(map(str, problems_together(workloads, tmp_path)))
    assert "monitoring: the metrics of transform jobs of 'boston-housing' have this workload's name" in problems


def programs(name: str) -> ast.Module:
    return ast.parse((paths.CONTAINERS / "monitoring" / "programs" / "monitoring" / name).read_text())


def test_the_names_of_tests_are_those_that_the_image_offers():
    calls = [node for node in ast.walk(programs("drift_tests.py")) if isinstance(node, ast.Call)]
    offered = [call.args for call in calls if isinstance(call.func, ast.Name) and call.func.id == "DriftTest"]
    names = {(ast.literal_eval(name), ast.literal_eval(side)) for name, _, side, _ in offered}
    assert names == {*((name, "below") for name in P_VALUE_TESTS), *((name, "above") for name in DISTANCES)}


def test_the_metrics_of_each_task_are_those_that_the_image_computes():
    (value,) = [
        node.value
        for node in programs("settings.py").body
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "METRICS"
    ]
    assert ast.literal_eval(value) == METRICS


def test_no_workload_is_called_like_the_captured_requests(tmp_path):
    text = WORKLOAD.replace("name: boston-housing", "name: captured")
    assert "name: 'captured' is the folder of captured requests in S3" in complaints(text, tmp_path)
