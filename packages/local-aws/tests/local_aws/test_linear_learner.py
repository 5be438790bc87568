"""SageMaker's linear learner: what it takes, prints and answers."""

from __future__ import annotations

import base64
import io
import json
import struct
import zipfile

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.algorithm_jobs import algorithm_jobs
from tests.local_aws.algorithm_programs import mistakes, run_inside
from tests.local_aws.record_files import record_file, records_of

POINTS = [(x / 2 - 3, 4 * y - 30) for x in range(13) for y in range(16)]
LINE = [5 + 2 * x - 0.1 * y for x, y in POINTS]
SIDES = [float(10 * x + y > 1) for x, y in POINTS]
CORNERS = [float(x > 0) + float(y > 0) for x, y in POINTS]
PROTOBUF = "application/x-recordio-protobuf"
FAST = {"mini_batch_size": "20"}


def rows(labels):
    return "".join(f"{label},{x},{y}\n" for label, (x, y) in zip(labels, POINTS, strict=True))


def measured(job):
    return {item["MetricName"]: item["Value"] for item in job["FinalMetricDataList"]}


def predictions(ask, body, **members):
    return json.loads(ask(body, **members)[1])["predictions"]


@pytest.fixture(scope="module")
def jobs(algorithms_aws):
    jobs = algorithm_jobs(algorithms_aws, "linear-learner")
    jobs.put("line/rows.csv", rows(LINE))
    jobs.put("features/rows.csv", "".join(f"{x},{y}\n" for x, y in POINTS))
    jobs.put("records/rows.pbr", record_file(POINTS, SIDES))
    jobs.put("corners/rows.csv", rows(CORNERS))
    return jobs


@pytest.fixture(scope="module")
def regression(jobs):
    channels = [jobs.channel(name, "line/", ContentType="text/csv") for name in ("train", "test")]
    return jobs.completed(hyperparameters={"predictor_type": "regressor", **FAST}, channels=channels)


@pytest.fixture(scope="module")
def tuned(jobs):
    return jobs.tune(
        "linear",
        {"Type": "Maximize", "MetricName": "validation:binary_classification_accuracy"},
        {"ContinuousParameterRanges": [{"Name": "learning_rate", "MinValue": "0.01", "MaxValue": "0.02"}]},
        hyperparameters={"predictor_type": "binary_classifier", "feature_dim": "2", **FAST},
        channels=[jobs.channel(name, "records/") for name in ("train", "validation", "test")],
        mode="Pipe",
    )


@pytest.fixture(scope="module")
def sides(jobs, tuned):
    return jobs.best(tuned)


def test_a_regressor_finds_the_line(jobs, regression):
    metrics = measured(regression)
    assert metrics["test:mse"] == metrics["test:objective_loss"] < 0.1
    assert metrics["train:absolute_loss"] < 0.3
    assert metrics["train:progress"] == 100
    assert "stands in for SageMaker's linear learner" in jobs.log_lines(regression["TrainingJobName"])[0]


def test_a_regressor_answers_with_scores(jobs, regression):
    ask = jobs.deploy(regression)
    first, second = predictions(ask, "0,0\n1,10\n")
    assert first.keys() == {"score"}
    assert first["score"] == pytest.approx(5, abs=0.5)
    assert second["score"] == pytest.approx(6, abs=0.5)
    with pytest.raises(ClientError) as refused:
        ask("0,0,0")
    assert refused.value.response["OriginalMessage"] == "unable to evaluate payload provided"
    with pytest.raises(ClientError) as refused:
        ask("0,0", Accept="text/csv")
    assert refused.value.response["OriginalStatusCode"] == 406


def test_the_weights_are_those_of_data_as_it_comes(jobs, regression):
    files = jobs.artefact(regression["ModelArtifacts"]["S3ModelArtifacts"])
    with zipfile.ZipFile(io.BytesIO(files["model_algo-1"])) as archive:
        content = archive.read("mx-mod-0000.params")
    assert b"arg:fc0_weight" in content
    assert struct.unpack_from("<2f", content, 24 + 12 + 16 + 12) == pytest.approx((2, -0.1), abs=0.1)


def test_a_binary_classifier_is_scored_on_each_channel(sides):
    metrics = measured(sides)
    for channel in ("validation", "test"):
        assert metrics[f"{channel}:binary_classification_accuracy"] > 0.97
        assert metrics[f"{channel}:binary_f_beta"] > 0.97
        assert metrics[f"{channel}:precision"] > 0.95
        assert metrics[f"{channel}:recall"] > 0.95
        assert metrics[f"{channel}:roc_auc_score"] > 0.99
        assert metrics[f"{channel}:objective_loss"] < 0.3
    assert "train:recall" not in metrics


def test_a_binary_classifier_answers_with_probability_and_label(jobs, sides):
    ask = jobs.deploy(sides)
    yes, no = predictions(ask, "2,10\n-2,-10\n")
    assert (yes["predicted_label"], no["predicted_label"]) == (1, 0)
    assert no["score"] < 0.2 < 0.8 < yes["score"] < 1
    (record,) = records_of(ask(record_file([(2, 10)]), PROTOBUF, Accept=PROTOBUF)[1])
    assert b"predicted_label" in record
    assert struct.pack("<f", yes["score"]) in record


def test_a_multiclass_classifier_answers_with_all_classes(jobs):
    channels = [jobs.channel("train", "corners/", ContentType="text/csv")]
    values = {"predictor_type": "multiclass_classifier", "num_classes": "3", "accuracy_top_k": "2", **FAST}
    job = jobs.completed(hyperparameters=values, channels=channels)
    assert job["AlgorithmSpecification"]["MetricDefinitions"]
    lines = jobs.transform(job, "features/", "application/jsonlines").splitlines()
    predicted = [json.loads(line) for line in lines]
    assert all(sum(row["score"]) == pytest.approx(1) and len(row["score"]) == 3 for row in predicted)
    right = [row["predicted_label"] == label for row, label in zip(predicted, CORNERS, strict=True)]
    assert sum(right) / len(right) > 0.8


def test_tuning_uses_the_algorithms_own_metric(tuned):
    assert tuned["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] > 0.9


def test_labels_and_losses_must_fit_the_predictor_type(tmp_path):
    line, corners = encoded(rows(LINE).encode()), encoded(rows(CORNERS).encode())
    csv, bare = ("text/csv", line), ("text/csv;label_size=0", line)
    classes = {"predictor_type": "multiclass_classifier", "num_classes": "3"}
    cases = [
        ("No value(s) were specified for 'predictor_type' which are", {}, csv),
        ("'train' must be integers from 0 to 1", {"predictor_type": "binary_classifier"}, csv),
        ("'train' must be integers from 0 to 2", classes, csv),
        ("num_classes must be an integer from 3", {**classes, "num_classes": "2"}, ("text/csv", corners)),
        ("loss 'logistic' does not go with", {"predictor_type": "regressor", "loss": "logistic"}, csv),
        ("'train' have no labels", {"predictor_type": "regressor"}, bare),
        ("only Float32 tensors", {"predictor_type": "regressor"}, (PROTOBUF, encoded(record_file(POINTS, SIDES, "d")))),
    ]
    requests = [(values, {"train": channel}) for _, values, channel in cases]
    for (expected, *_), message in zip(cases, mistakes("linear-learner", requests, tmp_path), strict=True):
        assert expected in message


DERIVATIVES = """
import numpy as np
from losses import loss_of
from schema import LOSSES, read_values

output = {}
for kind, names in LOSSES.items():
    for name in names:
        loss = loss_of(read_values({"predictor_type": kind, "loss": name, "num_classes": "3", "quantile": "0.3"}))
        z = np.random.default_rng(0).normal(0, 2, (50, 3 if kind == "multiclass_classifier" else 1))
        y = np.arange(50)[:, None] % (3 if kind == "multiclass_classifier" else 2)
        step = 1e-6 * np.eye(z.shape[1])[0]
        numeric = (loss(z + step, y)[0] - loss(z - step, y)[0])[:, 0] / 2e-6
        output[name] = float(np.abs(numeric - loss(z, y)[1][:, 0]).max())
"""


def test_the_derivative_of_each_loss_is_that_of_its_value(tmp_path):
    errors = run_inside("linear-learner", DERIVATIVES, None, tmp_path)
    assert len(errors) == 9
    assert max(errors.values()) < 1e-4, errors


THRESHOLDS = """
import numpy as np
from schema import read_values
from scores import best_threshold

scores, labels = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3]), np.array([1, 0, 1, 1, 0, 0, 1])
output = {}
for criterion, target in cases:
    texts = {"predictor_type": "binary_classifier", "binary_classifier_model_selection_criteria": criterion}
    values = read_values({**texts, "target_recall": target, "target_precision": target})
    output[criterion] = best_threshold(values, scores, labels)
"""


def test_a_threshold_follows_the_selection_criteria(tmp_path):
    criteria = [("accuracy", "0.8"), ("precision_at_target_recall", "0.25"), ("recall_at_target_precision", "0.7")]
    cases = [*criteria, ("f_beta", "0.8"), ("loss_function", "0.8")]
    thresholds = run_inside("linear-learner", THRESHOLDS, cases, tmp_path)
    assert thresholds == {
        "accuracy": pytest.approx(0.55),
        "precision_at_target_recall": pytest.approx(0.85),
        "recall_at_target_precision": pytest.approx(0.55),
        "f_beta": pytest.approx(0.55),
        "loss_function": 0.5,
    }


def encoded(content):
    return base64.b64encode(content).decode()
