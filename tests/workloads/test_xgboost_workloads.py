"""What the XGBoost workloads promise beyond the way that every workload goes."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import zipfile

import pytest

from tests.workloads.conftest import clean, environment_python
from tests.workloads.local_platform import ROOT
from tests.workloads.page import drawn_from

pytestmark = pytest.mark.workloads

SPARK = ROOT / "packages/local-aws/src/local_aws/runtimes/images/spark"


class Batch:
    """What a workload's transform job predicted, and the data that it was made from."""

    def __init__(self, way):
        self.way, self.platform, self.job = way, way.platform, way.job
        self.metrics = way.judge(way.job)
        self.batch = way.platform.last_uri(way.said["transform"])

    def predictions(self):
        """The numbers of the only file that was predicted."""
        (text,) = self.files(self.batch).values()
        return [float(line) for line in text.split()]

    def files(self, uri):
        bucket, _, prefix = uri.removeprefix("s3://").partition("/")
        s3 = self.platform.client("s3")
        keys = [item["Key"] for item in s3.list_objects_v2(Bucket=bucket, Prefix=f"{prefix}/").get("Contents", ())]
        return {key: self.platform.read(f"s3://{bucket}/{key}").decode() for key in keys}

    def data(self, folder):
        """The only object with rows of a folder of the data bucket."""
        bucket = self.batch.removeprefix("s3://").partition("/")[0]
        files = self.files(f"s3://{bucket}/{self.way.name}/{folder}").items()
        (text,) = [text for key, text in files if text and not key.rpartition("/")[2].startswith(("_", "."))]
        return text.splitlines()


@pytest.fixture(scope="module")
def spam(arrive):
    return Batch(arrive("spam-filter"))


@pytest.fixture(scope="module")
def boston(arrive):
    return Batch(arrive("boston-housing-xgboost"))


def test_a_batch_scores_unseen_messages_with_more_than_93_percent_right(spam):
    labels = [float(line.split()[0]) for line in spam.data("test")]
    scores = spam.predictions()
    right = sum((score > 0.5) == (label == 1) for score, label in zip(scores, labels, strict=True))
    assert right / len(labels) > 0.93
    assert right / len(labels) == pytest.approx(spam.metrics["accuracy"])


def test_spark_shares_the_messages_out_as_four_to_one(spam):
    train, test = len(spam.data("train")), len(spam.data("test"))
    assert train + test > 4800
    assert test / (train + test) == pytest.approx(0.2, abs=0.02)
    assert max(int(word.partition(":")[0]) for line in spam.data("train") for word in line.split()[1:]) <= 200


def test_a_spark_step_writes_with_its_role(spam):
    calls = spam.platform.calls()
    writes = [call for call in calls if call["action"] == "s3:PutObject" and "/spam-filter/train/" in call["resource"]]
    assert writes, "Spark wrote the training data"
    (role,) = {call["principal"] for call in writes}
    assert "Step" in role, role


def test_the_batch_the_evaluation_and_the_endpoint_agree(platform, boston):
    truths = [float(line.partition(",")[0]) for line in boston.data("test")]
    batch = boston.predictions()
    error = (sum((a - b) ** 2 for a, b in zip(truths, batch, strict=True)) / len(truths)) ** 0.5
    assert error == pytest.approx(boston.metrics["rmse"], rel=1e-4)
    platform.succeeds("serve", "boston-housing-xgboost", "--job", boston.job)
    sample = ROOT / "workloads" / "boston-housing-xgboost" / "sample.csv"
    rows = sample.read_text().splitlines()
    output = platform.succeeds("predict", "boston-housing-xgboost", "--data", sample).splitlines()
    predictions = [float(line) for line in output if line and " from " not in line]
    positions = [boston.data("questions").index(row) for row in rows]
    assert predictions == pytest.approx([batch[number] for number in positions])
    platform.succeeds("stop", "local-boston-housing-xgboost", "--yes")


@pytest.fixture(scope="module", params=["spam", "boston"])
def evaluated(request, catalogue, tmp_path_factory):
    """A batch, and the folder that the workload's evaluation has filled from a shell."""
    batch = request.getfixturevalue(request.param)
    folder = tmp_path_factory.mktemp("evaluation")
    described = batch.platform.client("sagemaker").describe_training_job(TrainingJobName=batch.job)
    (folder / "test").mkdir()
    (folder / "model.tar.gz").write_bytes(batch.platform.read(described["ModelArtifacts"]["S3ModelArtifacts"]))
    (folder / "test" / "test.csv").write_text("\n".join(batch.data("test")))
    places = [part for name in ("test", "metrics", "report") for part in (f"--{name}", folder / name)]
    workload = catalogue[batch.way.name]
    result = workload.run("requirements.txt", workload.source("evaluate"), "--model", folder, *places)
    assert result.returncode == 0, result.stderr
    return batch, folder


def test_the_evaluation_from_a_shell_finds_what_the_job_did(evaluated):
    batch, folder = evaluated
    assert json.loads((folder / "metrics" / "metrics.json").read_text()) == pytest.approx(batch.metrics)
    assert drawn_from(folder / "report", batch.way.name).startswith("<svg")


def test_the_evaluations_table_is_drawn_from_the_data_bucket(boston, tmp_path):
    bucket = boston.batch.removeprefix("s3://").partition("/")[0]
    report, picture = f"s3://{bucket}/{boston.way.name}/report", tmp_path / "picture.svg"
    boston.platform.succeeds("draw", report, "--output", picture)
    assert picture.read_text().count("h0") == len(boston.data("test"))


def test_the_preparation_from_a_shell_hashes_the_messages_as_the_step_did(spam, catalogue, prepared_data, tmp_path):
    python, script = environment_python(SPARK / "requirements.txt"), catalogue["spam-filter"].source("spark")
    paths = ("--messages", prepared_data("spam-filter") / "messages", "--output", tmp_path)
    command = [python.with_name("spark-submit"), "--master", "local[2]", script, *paths]
    variables = clean({"PYSPARK_PYTHON": str(python)})
    result = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr
    rows = {part: next((tmp_path / part).glob("part-*")).read_text().splitlines() for part in ("train", "test")}
    assert len(rows["train"]) / len(rows["test"]) == pytest.approx(4, abs=0.5)
    # Which part a message is in depends on how Spark shares the rows out to its cores.
    assert sorted(rows["train"] + rows["test"]) == sorted(spam.data("train") + spam.data("test"))


@pytest.fixture(scope="module")
def marketing(catalogue):
    return catalogue["direct-marketing"]


def real_looking(rows):
    """Rows as UCI writes them: quoted, with semicolons."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), delimiter=";", quoting=csv.QUOTE_NONNUMERIC)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


@pytest.fixture(scope="module")
def source(marketing, tmp_path_factory):
    """A .zip as the real data comes in, with 200 rows."""
    code = f"import sys, json; sys.path.insert(0, {str(marketing.folder)!r}); import synthetic; "
    output = marketing.run("data-requirements.txt", "-c", code + "print(json.dumps(synthetic.generate(200)))")
    path = tmp_path_factory.mktemp("bank") / "bank-additional.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("bank-additional/bank-additional-full.csv", real_looking(json.loads(output.stdout)))
    return path


def prepare(marketing, output, source, **variables):
    script = marketing.folder / "data.py"
    return marketing.run("data-requirements.txt", script, "--output", output, "--source", source, **variables)


def test_the_real_data_is_read_from_the_file_that_it_comes_in(marketing, source, tmp_path):
    result = prepare(marketing, tmp_path, source)
    assert result.returncode == 0, result.stderr
    assert "synthetic" not in result.stdout
    rows = list(csv.reader((tmp_path / "train" / "train.csv").open()))
    assert len(rows) == 190
    assert {row[0] for row in rows} == {"0", "1"}
    assert all(float(cell) is not None for row in rows for cell in row)


def test_the_real_data_is_read_from_s3(platform, marketing, source, tmp_path):
    s3 = platform.client("s3")
    s3.create_bucket(Bucket="bank")
    s3.upload_file(str(source), "bank", "bank-additional.zip")
    result = prepare(marketing, tmp_path, "s3://bank/bank-additional.zip", **platform.aws.environment)
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "validation" / "validation.csv").read_text().count("\n") == 10


@pytest.fixture(scope="module")
def shell(marketing, prepared_data, tmp_path_factory):
    """What a run from a shell said, with the workload's hyperparameters."""
    folder, data = tmp_path_factory.mktemp("model"), prepared_data("direct-marketing")
    hyperparameters = marketing.settings["training"]["hyperparameters"].items()
    options = [part for name, value in hyperparameters for part in (f"--{name}", value)]
    channels = ("--train", data / "train", "--validation", data / "validation")
    result = marketing.train(*channels, "--model-dir", folder, *options)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_the_training_stops_when_the_area_under_the_curve_grows_no_more(shell, marketing):
    rounds = int(re.search("Rounds kept: ([0-9]+)", shell)[1])
    hyperparameters = marketing.settings["training"]["hyperparameters"]
    assert hyperparameters["eval-metric"] == "auc"
    assert 1 < rounds < hyperparameters["num-round"] - hyperparameters["early-stopping-rounds"]


def test_probabilities_are_higher_for_rows_that_took_the_offer(platform, arrive, prepared_data, tmp_path):
    way = arrive("direct-marketing")
    text = (prepared_data(way.name) / "validation" / "validation.csv").read_text()
    rows = [line.partition(",") for line in text.splitlines()]
    (tmp_path / "rows.csv").write_text("\n".join(row for _, _, row in rows))
    platform.succeeds("serve", way.name, "--job", way.job)
    output = platform.succeeds("predict", way.name, "--data", tmp_path / "rows.csv")
    platform.succeeds("stop", f"local-{way.name}", "--yes")
    (line,) = [line for line in output.splitlines() if " from " not in line]
    chances = json.loads(line)
    assert all(0 <= chance <= 1 for chance in chances)
    took, refused = ([chance for chance, row in zip(chances, rows, strict=True) if row[0] == kind] for kind in "10")
    assert sum(took) / len(took) > 2 * sum(refused) / len(refused)


def test_another_file_is_refused_by_the_column_that_it_lacks(marketing, tmp_path):
    (tmp_path / "other.csv").write_text("age;y\n1;yes\n")
    result = prepare(marketing, tmp_path, tmp_path / "other.csv")
    assert result.returncode == 1
    assert "no column 'job'" in result.stderr


def test_without_a_source_the_rows_are_said_to_be_synthetic(marketing, tmp_path):
    assert "the rows are synthetic" in marketing.prepare_data(tmp_path).stdout
