"""AWS's XGBoost image: the built-in algorithm, asked for as boto3 asks for it, and a script."""

from __future__ import annotations

import csv
import io
import json
import tarfile
import time

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.launcher import ROOT, running_local_aws
from tests.local_aws.xgboost_jobs import (
    CSV,
    LIBSVM,
    RANKED,
    REGRESSION,
    SCRIPT,
    TWO,
    channel,
    deploy,
    final,
    metrics,
    recordio,
    train,
    tuning,
)

pytestmark = pytest.mark.workloads
BUSY = ("InProgress", "Stopping")


@pytest.fixture(scope="module")
def aws():
    with running_local_aws("--cache", str(ROOT / ".local-aws" / "cache")) as server:
        s3 = server.client("s3")
        s3.create_bucket(Bucket="work")
        unranked = "\n".join(
            " ".join(word for word in line.split() if "qid" not in word) for line in RANKED.splitlines()
        )
        for name, body in (
            *(("csv/rows", CSV), ("libsvm/rows", LIBSVM), ("words/rows", "1,red\n2,blue\n")),
            *(("ranked/rows", RANKED), ("unranked/rows", unranked)),
        ):
            s3.put_object(Bucket="work", Key=name, Body=body.encode())
        yield server


@pytest.fixture(scope="module")
def trained(aws):
    """A regression on CSV with early stopping."""
    hyperparameters = {**REGRESSION, "early_stopping_rounds": "5", "eval_metric": "r2,rmse"}
    channels = [channel(name, "csv", "text/csv") for name in ("train", "validation")]
    return train(aws, "regression", hyperparameters, *channels)


@pytest.fixture(scope="module")
def ask(aws, trained):
    return deploy(aws, "regression", trained[0]["ModelArtifacts"]["S3ModelArtifacts"])


def test_the_algorithm_trains_on_csv_and_prints_each_rounds_metrics(trained):
    job, log = trained
    assert job["TrainingJobStatus"] == "Completed", log
    errors = metrics(log, "validation-rmse")
    assert len(errors) <= 60
    assert errors[-1] < 0.1 * errors[0]
    assert metrics(log, "train-r2")[-1] > 0.99


def test_the_artifact_is_the_librarys_own_model(aws, trained):
    key = trained[0]["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://work/")
    body = aws.client("s3").get_object(Bucket="work", Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        assert archive.getnames() == ["xgboost-model"]


def test_its_metrics_need_no_definitions(trained):
    job, log = trained
    definitions = {item["Name"] for item in job["AlgorithmSpecification"]["MetricDefinitions"]}
    assert {"train:rmse", "validation:rmse", "train:r2", "validation:mlogloss"} <= definitions
    assert len(definitions) <= 40
    assert final(job).keys() == {"train:rmse", "validation:rmse", "train:r2", "validation:r2"}
    assert final(job)["validation:rmse"] == pytest.approx(metrics(log, "validation-rmse")[-1])


def test_definitions_of_ones_own_are_refused(aws):
    definitions = [{"Name": "error", "Regex": "error=(.*)"}]
    with pytest.raises(ClientError, match="You can't override the metric definitions for Amazon SageMaker algorithms"):
        train(aws, "own-metrics", REGRESSION, channel("train", "csv", "text/csv"), MetricDefinitions=definitions)


def test_rows_are_answered_with_a_line_of_csv_each(ask):
    content_type, prediction = ask(TWO["text/csv"])
    assert content_type == "text/csv; charset=utf-8"
    assert [float(line) for line in prediction.splitlines()] == pytest.approx([9, 28], abs=1)
    assert prediction.endswith("\n")


def test_libsvm_rows_are_answered_as_csv_rows_are(ask):
    assert ask(TWO["text/libsvm"], "text/libsvm") == ask(TWO["text/csv"])


def test_json_has_a_score_for_each_row(ask):
    content_type, prediction = ask(TWO["text/csv"], Accept="application/json")
    scores = [row["score"] for row in json.loads(prediction)["predictions"]]
    assert (content_type, scores) == ("application/json", pytest.approx([9, 28], abs=1))


def test_recordio_rows_are_read(ask):
    rows = recordio([2.0, 3.0], [9.0, 1.0])
    assert ask(rows, "application/x-recordio-protobuf") == ask(TWO["text/csv"])


@pytest.mark.parametrize(
    ("body", "more", "status", "message"),
    [
        ("1,red", {}, 415, "Loading csv data failed with Exception"),
        ("2,3\n9", {}, 415, "Loading csv data failed with Exception"),
        ("1,2,3", {}, 400, "Unable to evaluate payload provided"),
        ("{}", {"content_type": "image/png"}, 415, "image/png is not an accepted ContentType: csv, libsvm, parquet"),
        ("2,3", {"content_type": "text/csv; label_size=2"}, 415, "Optional parameter label_size must be equal to 1"),
        ("2,3", {"Accept": "image/png"}, 406, "Accept type image/png is not supported."),
    ],
)
def test_a_refusal_has_the_containers_status_and_words(ask, body, more, status, message):
    with pytest.raises(ClientError) as refused:
        ask(body, **more)
    assert refused.value.response["OriginalStatusCode"] == status
    assert message in refused.value.response["OriginalMessage"]


def test_an_empty_body_has_no_content(ask):
    assert ask("")[1] == ""


def test_the_algorithm_trains_on_libsvm_which_is_its_default(aws):
    hyperparameters = {"num_round": "20", "objective": "binary:logistic", "eval_metric": "error,accuracy"}
    job, log = train(aws, "classes", hyperparameters, channel("train", "libsvm"))
    assert job["TrainingJobStatus"] == "Completed", log
    assert metrics(log, "train-accuracy")[-1] > 0.95
    selected = "predicted_label, probability,probabilities,predicted_score"
    model = job["ModelArtifacts"]["S3ModelArtifacts"]
    ask = deploy(aws, "classes", model, SAGEMAKER_INFERENCE_OUTPUT=selected)
    assert_selected(ask, "0:9 5:1\n0:1 5:9")


def assert_selected(ask, rows):
    """What SAGEMAKER_INFERENCE_OUTPUT selects, in each of the formats; what the objective lacks is NaN."""
    content = json.loads(ask(rows, "text/libsvm", Accept="application/json")[1])["predictions"]
    assert [row["predicted_label"] for row in content] == [1, 0]
    assert all(sum(row["probabilities"]) == pytest.approx(1) for row in content)
    assert all(row["predicted_score"] != row["predicted_score"] for row in content)
    lines = ask(rows, "text/libsvm", Accept="application/jsonlines")[1].splitlines()
    assert [json.loads(line)["probability"] for line in lines] == [row["probability"] for row in content]
    (first, _) = csv.reader(ask(rows, "text/libsvm")[1].splitlines())
    assert first[0] == "1"
    assert json.loads(first[2]) == content[0]["probabilities"]


def test_queries_of_a_ranking_are_read_from_qid(aws):
    ranking = {"num_round": "3", "objective": "rank:pairwise", "eval_metric": "ndcg"}
    logs = [train(aws, folder, ranking, channel("train", folder))[1] for folder in ("ranked", "unranked")]
    assert metrics(logs[0], "train-ndcg") != metrics(logs[1], "train-ndcg")


def test_a_tuning_job_aims_at_a_metric_of_the_algorithm(aws):
    request = tuning("validation:rmse")
    sagemaker = aws.client("sagemaker")
    sagemaker.create_hyper_parameter_tuning_job(HyperParameterTuningJobName="tuned", **request)
    name = {"HyperParameterTuningJobName": "tuned"}
    while (job := sagemaker.describe_hyper_parameter_tuning_job(**name))["HyperParameterTuningJobStatus"] in BUSY:
        time.sleep(0.2)
    best = job["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]
    assert (job["HyperParameterTuningJobStatus"], best["MetricName"]) == ("Completed", "validation:rmse"), job


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        ("validation:nothing", r"\[validation:nothing\], isn't valid for the \["),
        ("train:rmse", r"\[train:rmse\], isn't valid for the \["),
        ("rmse", r"\[rmse\], isn't valid for the \["),
        ("validation:auc", r"type, \[Minimize\], that you specified for objective metric, \[validation:auc\]"),
    ],
)
def test_a_tuning_job_for_another_metric_is_refused(aws, metric, words):
    with pytest.raises(ClientError, match=words):
        aws.client("sagemaker").create_hyper_parameter_tuning_job(
            HyperParameterTuningJobName="refused", **tuning(metric)
        )


@pytest.mark.parametrize(
    ("name", "changes", "folder", "expected"),
    [
        ("spelling", {"max_dept": "3"}, "csv", "exceptions.UserError: Extraneous hyperparameter found: max_dept"),
        ("words", {}, "words", "rows is not CSV with numbers only and no header"),
    ],
)
def test_a_mistake_is_the_jobs_failure_reason(aws, name, changes, folder, expected):
    job, _ = train(aws, name, {**REGRESSION, **changes}, channel("train", folder, "text/csv"))
    assert job["TrainingJobStatus"] == "Failed"
    assert expected in job["FailureReason"]


def test_a_script_serves_with_its_own_model_fn_and_answers_json(aws, trained):
    s3 = aws.client("s3")
    key = trained[0]["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://work/")
    artefact, packed = io.BytesIO(s3.get_object(Bucket="work", Key=key)["Body"].read()), io.BytesIO()
    with tarfile.open(fileobj=artefact) as source, tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.addfile(source.getmember("xgboost-model"), source.extractfile("xgboost-model"))
        entry = tarfile.TarInfo("code/inference.py")
        entry.size = len(SCRIPT)
        archive.addfile(entry, io.BytesIO(SCRIPT.encode()))
    s3.put_object(Bucket="work", Key="scripted/model.tar.gz", Body=packed.getvalue())
    ask = deploy(aws, "scripted", "s3://work/scripted/model.tar.gz", SAGEMAKER_PROGRAM="inference.py")
    content_type, prediction = ask("2,3\n9,1")
    assert content_type == "application/json"
    assert json.loads(prediction) == pytest.approx([9, 28], abs=1)
    assert ask("2,3.0\n9,1.0") == (content_type, prediction)
    assert ask(TWO["text/libsvm"], "text/libsvm") == (content_type, prediction)
    for body in ("2,three", "2,3\n9", "", "2,3\n9,1\n"):
        with pytest.raises(ClientError) as refused:
            ask(body)
        assert refused.value.response["OriginalStatusCode"] == 400
