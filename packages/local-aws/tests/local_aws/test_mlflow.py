"""A real MLflow behind an App's ARN: clients, browsers, a killed server. It starts twice for all tests."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.local_aws import mlflow_client
from tests.local_aws.conftest import PLAIN
from tests.local_aws.launcher import LocalAws, listening_addresses, running_local_aws
from tests.local_aws.mlflow_requests import APP_HEADER, SEARCH, Tracked, pool
from tests.local_aws.permissions import allow, role, user
from tests.local_aws.signed import send

pytestmark = [pytest.mark.workloads, pytest.mark.xdist_group("mlflow")]


@pytest.fixture(scope="module")
def tracked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tracked]:
    """What a client logged to the first server, which was then killed, and the second one with the same state."""
    options = (*PLAIN, "--iam", "--state", str(tmp_path_factory.mktemp("state")))
    with running_local_aws(*options) as first:
        names = logged(first)
        first.process.send_signal(signal.SIGKILL)
        first.process.wait()
    with running_local_aws(*options) as second:
        yield Tracked(second, names)


def logged(aws: LocalAws) -> dict[str, Any]:
    s3, sagemaker = aws.client("s3"), aws.client("sagemaker")
    s3.create_bucket(Bucket="experiments")
    objects = allow(["s3:GetObject", "s3:PutObject", "s3:ListBucket"], "arn:aws:s3:::experiments*")
    store = {"ArtifactStoreUri": "s3://experiments/mlflow", "RoleArn": role(aws, objects)}
    app = sagemaker.create_mlflow_app(Name="experiments", **store)["Arn"]
    server = sagemaker.create_mlflow_tracking_server(TrackingServerName="granular", **store)["TrackingServerArn"]
    scientist = user(aws, allow("sagemaker:CallMlflowAppApi", app), objects)
    names = {name.upper(): value for name, value in scientist.items()}
    with ThreadPoolExecutor(1) as threads:
        threads.submit(Tracked(aws, {"app": app}).call, SEARCH, {"max_results": 1})  # MLflow starts meanwhile
        run = mlflow_client.run(aws, app, mlflow_client.LOG, **names)
    return {"app": app, "server": server, "logged": run, "processes": mlflow_processes(aws)}


def mlflow_processes(aws: LocalAws) -> set[int]:
    """The processes whose folder is in the server's state."""
    folder, processes = str(Path(aws.ready["state"]) / "mlflow"), set()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if str((entry / "cwd").readlink()).startswith(folder):
                processes.add(int(entry.name))
        except OSError:
            continue
    return processes


def test_a_client_logs_and_finds_its_run(tracked):
    run = tracked["logged"]
    assert run["params"] == {"depth": "3", "rate": "0.1"}
    assert run["loss"] == [[0, 1.0], [1, 0.5], [2, pytest.approx(1 / 3)]]
    assert run["tags"]["team"] == "science"
    assert (run["note"], run["listed"]) == ("a note", ["notes/note.txt"])


def test_a_registered_model_is_loaded_again(tracked):
    assert tracked["logged"]["doubled"] == [2, 4]


def test_runs_outlive_a_killed_server(tracked):
    searched = tracked.call("/api/2.0/mlflow/runs/search", {"experiment_ids": ["1"]})
    assert [run["info"]["run_id"] for run in searched.json()["runs"]] == [tracked["logged"]["run"]]


def test_clients_write_artifacts_to_the_apps_store(tracked):
    artifacts = tracked["logged"]["artifacts"]
    assert artifacts.startswith("s3://experiments/mlflow/")
    key = artifacts.removeprefix("s3://experiments/") + "/notes/note.txt"
    assert tracked.aws.client("s3").get_object(Bucket="experiments", Key=key)["Body"].read() == b"a note"


def test_mlflow_ends_with_a_killed_server(tracked):
    assert tracked["processes"]
    deadline = time.monotonic() + 30
    while (left := {process for process in tracked["processes"] if Path(f"/proc/{process}/cwd").exists()}) and (
        time.monotonic() < deadline
    ):
        time.sleep(0.1)
    assert not left


def test_mlflow_answers_only_the_local_aws(tracked):
    assert tracked.call(SEARCH, {"max_results": 1}).status == 200  # a request starts it
    addresses = listening_addresses(mlflow_processes(tracked.aws))
    assert addresses
    for address in addresses:
        assert address.startswith("127.0.0.1:")
        assert pool.request("GET", f"http://{address}/health", timeout=30).status == 403


def test_files_of_the_machine_are_no_artifacts(tracked):
    created = tracked.call(
        "/api/2.0/mlflow/experiments/create",
        {"name": "files", "artifact_location": f"file://{tracked.aws.ready['state']}"},
    )
    run = tracked.call("/api/2.0/mlflow/runs/create", {"experiment_id": created.json()["experiment_id"]}).json()
    path = f"/api/2.0/mlflow/artifacts/list?run_id={run['run']['info']['run_id']}"
    listed = send(tracked.aws, "sagemaker", b"", {APP_HEADER: tracked["app"]}, method="GET", path=path)
    assert listed.status != 200
    assert "registered artifact repository" in listed.data.decode()


def test_a_presigned_url_opens_mlflows_pages_once(tracked):
    link = tracked.link()
    opened = tracked.page(link, **{"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"})
    assert (opened.status, opened.headers["location"]) == (302, "/")
    assert "HttpOnly" in opened.headers["set-cookie"]
    cookie = opened.headers["set-cookie"].partition(";")[0]
    assert b"<title>MLflow</title>" in tracked.page("/", Cookie=cookie).data
    experiments = tracked.page("/ajax-api/2.0/mlflow/experiments/search?max_results=5", Cookie=cookie).json()
    assert "digits" in [experiment["name"] for experiment in experiments["experiments"]]
    assert tracked.page(link).status == 403
