"""SageMaker's k-means: what it takes, prints, keeps and answers."""

from __future__ import annotations

import base64
import json
import struct

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.algorithm_jobs import algorithm_jobs
from tests.local_aws.algorithm_programs import mistakes
from tests.local_aws.record_files import record_file, records_of

CENTERS = ((0, 0), (10, -5), (-20, 5))
POINTS = [(x + dx / 10, y + dy / 10) for x, y in CENTERS for dx in range(-2, 3) for dy in range(-2, 3)]
SPREAD = 0.04
"""The mean squared distance of the points to their centers."""
VALUES = {"k": "3", "feature_dim": "2", "eval_metrics": '["msd", "ssd"]'}
CSV = "text/csv;label_size=0"
PROTOBUF = "application/x-recordio-protobuf"


@pytest.fixture(scope="module")
def jobs(algorithms_aws):
    jobs = algorithm_jobs(algorithms_aws, "kmeans")
    jobs.put("csv/points.csv", "".join(f"{x},{y}\n" for x, y in POINTS))
    jobs.put("records/points.pbr", record_file(POINTS))
    return jobs


@pytest.fixture(scope="module")
def tuned(jobs):
    return jobs.tune(
        "kmeans",
        {"Type": "Minimize", "MetricName": "test:msd"},
        # 4 leads to other centers than CENTERS.
        {"IntegerParameterRanges": [{"Name": "extra_center_factor", "MinValue": "5", "MaxValue": "10"}]},
        hyperparameters=VALUES,
        channels=[jobs.channel(name, "records/") for name in ("train", "test")],
        mode="Pipe",
    )


@pytest.fixture(scope="module")
def trained(jobs, tuned):
    return jobs.best(tuned)


@pytest.fixture(scope="module")
def ask(jobs, trained):
    return jobs.deploy(trained)


def test_sagemaker_reads_its_metrics_from_the_log(jobs, trained):
    values = {item["MetricName"]: item["Value"] for item in trained["FinalMetricDataList"]}
    assert values["test:msd"] == values["train:msd"] == pytest.approx(SPREAD, rel=0.05)
    assert values["test:ssd"] == pytest.approx(len(POINTS) * values["test:msd"], rel=1e-4)
    assert values["train:progress"] == 100
    assert "stand in for SageMaker's k-means" in jobs.log_lines(trained["TrainingJobName"])[0]


def test_describe_shows_the_metrics_that_the_algorithm_has(trained):
    definitions = {item["Name"]: item["Regex"] for item in trained["AlgorithmSpecification"]["MetricDefinitions"]}
    assert definitions["test:msd"] == r"#quality_metric: host=\S+, test msd <loss>=(\S+)"


def test_the_artifact_is_a_file_of_mxnets_arrays(jobs, trained):
    files = jobs.artefact(trained["ModelArtifacts"]["S3ModelArtifacts"])
    content = files["model_algo-1"]
    assert struct.unpack_from("<QQQ", content) == (0x112, 0, 1)
    assert struct.unpack_from("<IiI2q", content, 24) == (0xF993FAC9, 0, 2, 3, 2)
    centers = struct.unpack_from("<6f", content, 24 + 12 + 16 + 12)
    assert sorted(zip(centers[::2], centers[1::2], strict=True)) == [
        pytest.approx(center, abs=0.2) for center in sorted(CENTERS)
    ]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("10,-5\n0.3,0.4\n", "text/csv"),
        ('{"instances": [{"features": [10, -5]}, {"data": {"features": {"values": [0.3, 0.4]}}}]}', "application/json"),
        (
            '{"data": {"features": {"keys": [0, 1], "shape": [2], "values": [10, -5]}}}\n{"features": [0.3, 0.4]}\n',
            "application/jsonlines",
        ),
        (record_file([(10, -5), (0.3, 0.4)]), PROTOBUF),
    ],
)
def test_every_format_of_requests_has_the_same_answer(ask, body, content_type):
    kind, prediction = ask(body, content_type)
    assert kind == "application/json"
    first, second = json.loads(prediction)["predictions"]
    assert first["distance_to_cluster"] == pytest.approx(0, abs=0.2)
    assert second["distance_to_cluster"] == pytest.approx(0.5, abs=0.2)
    assert first["closest_cluster"] != second["closest_cluster"]


def test_answers_have_the_accepted_format(ask):
    (row,) = json.loads(ask("10,-5")[1])["predictions"]
    cluster, distance = row["closest_cluster"], row["distance_to_cluster"]
    assert ask("10,-5", Accept="text/csv") == ("text/csv", f"{cluster},{distance}\n".encode())
    assert json.loads(ask("10,-5", Accept="application/jsonlines")[1]) == row
    kind, prediction = ask("10,-5", Accept=PROTOBUF)
    assert kind == PROTOBUF
    (record,) = records_of(prediction)
    assert b"closest_cluster" in record
    assert struct.pack("<f", cluster) in record


def test_requests_that_cannot_be_read_are_refused_in_awss_words(ask):
    for body, content_type in (("1", "text/csv"), ("a,b", "text/csv"), ("{}", "application/json"), (b"12", PROTOBUF)):
        with pytest.raises(ClientError) as refused:
            ask(body, content_type)
        assert refused.value.response["OriginalStatusCode"] == 400
        assert "unable to evaluate payload provided" in refused.value.response["OriginalMessage"]
    with pytest.raises(ClientError) as refused:
        ask("1,2", "image/png")
    assert refused.value.response["OriginalStatusCode"] == 415


def test_many_vectors_are_answered_in_one_request(ask):
    lines = ask("".join(f"{x},{y}\n" for x, y in POINTS), Accept="application/jsonlines")[1].splitlines()
    assert len(lines) == len(POINTS)
    assert len({json.loads(line)["closest_cluster"] for line in lines}) == len(CENTERS)


def test_tuning_uses_the_algorithms_own_metric(tuned):
    best = tuned["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]
    assert best["Value"] == pytest.approx(SPREAD, rel=0.05)
    names = [item["Name"] for item in tuned["TrainingJobDefinition"]["AlgorithmSpecification"]["MetricDefinitions"]]
    assert "ObjectiveMetric" in names


@pytest.mark.parametrize(
    ("objective", "message"),
    [
        ({"Type": "Minimize", "MetricName": "validation:msd"}, r"\[validation:msd\], isn't valid for the .*kmeans"),
        ({"Type": "Maximize", "MetricName": "test:msd"}, r"objective metric type, \[Maximize\]"),
    ],
)
def test_an_objective_must_be_one_of_the_algorithms(jobs, objective, message):
    ranges = {"IntegerParameterRanges": [{"Name": "epochs", "MinValue": "1", "MaxValue": "2"}]}
    channels = [jobs.channel("train", "records/")]
    with pytest.raises(ClientError, match=message):
        jobs.tune("wrong", objective, ranges, hyperparameters=VALUES, channels=channels)


def test_a_request_cannot_set_metrics_or_several_instances(jobs):
    channels, client = [jobs.channel("train", "records/")], jobs.aws.client("sagemaker")
    request = jobs.request(hyperparameters=VALUES, channels=channels)
    metrics = {"MetricDefinitions": [{"Name": "msd", "Regex": "msd=(.*)"}]}
    with pytest.raises(ClientError, match="can't override the metric definitions for Amazon SageMaker algorithms"):
        algorithm = {**request["AlgorithmSpecification"], **metrics}
        client.create_training_job(**{**request, "AlgorithmSpecification": algorithm})
    with pytest.raises(ClientError, match="kmeans on several instances"):
        client.create_training_job(**{**request, "ResourceConfig": {**request["ResourceConfig"], "InstanceCount": 2}})


def test_a_mistake_is_the_jobs_failure_reason(jobs):
    channels = [jobs.channel("train", "csv/", ContentType=CSV)]
    job = jobs.train(hyperparameters={"k": "3"}, channels=channels)
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"] == (
        "ClientError: No value(s) were specified for 'feature_dim' which are required hyperparameter(s) "
        "(caused by ValidationError), exit code: 2"
    )


def test_channels_that_do_not_fit_are_refused(tmp_path):
    points, words = encoded("".join(f"{x},{y}\n" for x, y in POINTS)), encoded("red,blue\n")
    cases = {
        "Unable to read data channel 'train'. Requested content-type is 'text/csv'.": ({}, {"train": (CSV, words)}),
        "position 0 in the dataset does not start with a valid magic number": ({}, {"train": (PROTOBUF, points)}),
        "No iterator has been registered for ContentType ('a/b', '1.0')": ({}, {"train": ("a/b", points)}),
        "have 2 features, and feature_dim is 3": ({"feature_dim": "3"}, {"train": (CSV, points)}),
        "75 records, fewer than k, which is 80": ({"k": "80"}, {"train": (CSV, points)}),
        "must be valid json, but found eval_metrics": ({"eval_metrics": "msd"}, {"train": (CSV, points)}),
        "train channel is not specified.": ({}, {"test": (CSV, points)}),
        "Channel 'validation' is none": ({}, {"train": (CSV, points), "validation": (CSV, points)}),
        "label_size must be 0 or 1": ({}, {"train": ("text/csv;label_size=2", points)}),
    }
    requests = [({**VALUES, **changes}, channels) for changes, channels in cases.values()]
    for expected, message in zip(cases, mistakes("kmeans", requests, tmp_path), strict=True):
        assert expected in message


def encoded(text):
    return base64.b64encode(text.encode()).decode()
