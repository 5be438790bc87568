"""What a training job in MLflow's container has tracked comes out with it: parameters, metrics and the model."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from tests.workloads.conftest import clean, environment_python
from tests.workloads.local_platform import ROOT
from tests.workloads.models import unpacked
from tests.workloads.page import drawn_from

pytestmark = pytest.mark.workloads

FOLDER = ROOT / "workloads" / "direct-marketing-mlflow"
CONTAINER = ROOT / "containers" / "mlflow"
OTHER_TREES = (1, 5, 10, 20, 100)
"""Than the workload's own, for the picture."""
RUNS = """
import os, runpy, sys
for os.environ["SAGEMAKER_BASE_DIR"] in sys.argv[2:]:
    runpy.run_path(sys.argv[1], run_name="__main__")
"""


def unpack(way, uri, folder):
    return unpacked(way.platform.read(uri), folder)


@pytest.fixture(scope="module")
def way(arrive):
    return arrive("direct-marketing-mlflow")


@pytest.fixture(scope="module")
def job(way):
    return way.platform.client("sagemaker").describe_training_job(TrainingJobName=way.job)


@pytest.fixture(scope="module")
def output(way, job, tmp_path_factory):
    """What the job left next to its model."""
    uri = f"{job['OutputDataConfig']['S3OutputPath'].rstrip('/')}/{way.job}/output/output.tar.gz"
    return unpack(way, uri, tmp_path_factory.mktemp("output"))


@pytest.fixture(scope="module")
def tracked(output):
    """Read one table of the tracking database, key and value."""

    def tracked(table):
        with closing(sqlite3.connect(output / "mlflow.db")) as database:
            return dict(database.execute(f"SELECT key, value FROM {table}"))  # noqa: S608 -- a name of this file

    return tracked


def test_each_hyperparameter_is_tracked_as_a_parameter(way, tracked):
    hyperparameters = {name: str(value) for name, value in way.workload.training.hyperparameters.items()}
    assert tracked("params").items() >= hyperparameters.items()


def test_the_tracked_metrics_are_those_that_the_platform_reads(job, tracked):
    metrics = {metric["MetricName"]: metric["Value"] for metric in job["FinalMetricDataList"]}
    assert tracked("latest_metrics") == pytest.approx(metrics, abs=1e-4)
    assert metrics.keys() == {"auc", "accuracy"}


def test_the_run_bears_the_jobs_name(output, way):
    with closing(sqlite3.connect(output / "mlflow.db")) as database:
        assert database.execute("SELECT name, status FROM runs").fetchall() == [(way.job, "FINISHED")]


def test_the_tracked_model_is_the_one_that_is_served(way, job, output, tmp_path):
    served = unpack(way, job["ModelArtifacts"]["S3ModelArtifacts"], tmp_path) / "mlflow"
    (tracked,) = output.glob("mlruns/*/artifacts/model")
    assert (served / "model.ubj").read_bytes() == (tracked / "model.ubj").read_bytes()
    assert (served / "MLmodel").is_file()


def test_takers_of_the_offer_are_distinguished_from_the_others(way):
    rows = (FOLDER / "sample.csv").read_text().splitlines()
    response = json.loads(way.said["predict"].splitlines()[0])
    assert len(response["predictions"]) == len(rows) - 1
    assert response["predictions"] == [1, 0]


@pytest.fixture(scope="module")
def others(way, prepared_data, tmp_path_factory):
    """A folder with what runs with other numbers of trees have tracked: the container's program, from a shell.

    All in one process, for MLflow's import takes longer than a run.
    """
    folder = tmp_path_factory.mktemp("others")
    own_hyperparameters = {name: str(value) for name, value in way.workload.training.hyperparameters.items()}
    for number in OTHER_TREES:
        shutil.copytree(prepared_data(way.name), folder / str(number) / "input" / "data")
        (folder / str(number) / "input" / "config").mkdir()
        hyperparameters = json.dumps({**own_hyperparameters, "n_estimators": str(number)})
        (folder / str(number) / "input" / "config" / "hyperparameters.json").write_text(hyperparameters)
    command = [environment_python(CONTAINER / "requirements.txt"), "-c", RUNS, CONTAINER / "programs" / "train"]
    variables = clean({"MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db"})
    result = subprocess.run(
        [*command, *map(str, OTHER_TREES)], cwd=folder, env=variables, capture_output=True, text=True, timeout=300
    )
    assert result.returncode == 0, result.stderr
    return folder


def test_the_report_says_and_draws_what_was_tracked(way, output, others, tmp_path, tracked):
    command = [sys.executable, FOLDER / "src" / "report.py", "--runs", output, others, "--output", tmp_path]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    lines = re.findall(r"n_estimators ([0-9]+), .*auc ([0-9.]+)", result.stdout)
    assert [int(trees) for trees, _ in lines] == sorted([50, *OTHER_TREES])
    assert dict(lines)["50"] == f"{tracked('latest_metrics')['auc']:.4f}"
    picture = drawn_from(tmp_path, way.name)
    assert [path.count("h0") for path in re.findall(r'<path d="[^"]+"', picture)] == [len(lines)] * 2


@pytest.fixture(scope="module")
def interface(output, tmp_path_factory):
    """The address of MLflow's user interface, started on what the job left as the README says."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    python = environment_python(FOLDER / "ui-requirements.txt")
    options = ["--host", "127.0.0.1", "--port", address.rpartition(":")[2], "--workers", "1"]
    command = [python, "-m", "mlflow", "ui", "--backend-store-uri", f"sqlite:///{output}/mlflow.db", *options]
    log, folder = tmp_path_factory.mktemp("log") / "log", tmp_path_factory.mktemp("interface")
    quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    with log.open("w") as file:
        server = subprocess.Popen(
            command, cwd=folder, env={**os.environ, **quiet}, stdout=file, stderr=file, process_group=0
        )
    try:
        wait_for_page(f"http://{address}/", server, log)
        yield f"http://{address}"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(20)


def wait_for_page(address, server, log, seconds=180):
    deadline = time.monotonic() + seconds
    while True:
        try:
            return read(address)
        except URLError:
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.5)


def read(address, question=None):
    body = None if question is None else json.dumps(question).encode()
    request = Request(address, body, {"Content-Type": "application/json"})  # noqa: S310 -- on this machine
    with urlopen(request, timeout=60) as response:  # noqa: S310
        return response.read().decode()


def test_the_user_interface_comes_up_and_shows_the_jobs_run(interface, way, job):
    page = read(interface)
    assert "<title>MLflow</title>" in page
    (script,) = re.findall(r'<script[^>]* src="([^"]+)"', page)
    assert len(read(f"{interface}/{script}")) > 100_000
    api = f"{interface}/ajax-api/2.0/mlflow"
    experiments = json.loads(read(f"{api}/experiments/search", {"max_results": 10}))["experiments"]
    (number,) = [item["experiment_id"] for item in experiments if item["name"] == "direct-marketing"]
    (run,) = json.loads(read(f"{api}/runs/search", {"experiment_ids": [number]}))["runs"]
    metrics = {metric["MetricName"]: metric["Value"] for metric in job["FinalMetricDataList"]}
    assert run["info"]["run_name"] == way.job
    assert {item["key"]: item["value"] for item in run["data"]["metrics"]} == pytest.approx(metrics, abs=1e-4)
