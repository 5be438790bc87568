"""A real MLflow behind an App's ARN: clients, permissions, browsers, a killed server. It starts twice for all tests."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import urllib3
from botocore.exceptions import ClientError

from tests.local_aws import mlflow_client
from tests.local_aws.conftest import PLAIN
from tests.local_aws.launcher import LocalAws, listening_addresses, running_local_aws
from tests.local_aws.signed import send, signature
from tests.local_aws.test_iam import allow, role, user

APP_HEADER, SERVER_HEADER = "x-sm-mlflow-app-arn", "x-mlflow-sm-tracking-server-arn"
START_SECONDS = 300
"""MLflow imports a lot, on a busy machine for a minute."""
SEARCH = "/api/2.0/mlflow/experiments/search"
_pool = urllib3.PoolManager(retries=False)


@dataclass
class Tracked:
    """What a client logged to the first server, which was then killed, and the second one with the same state."""

    aws: LocalAws
    names: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return self.names[name]

    def call(
        self, path: str, request: dict[str, Any], arn: str = "", service: str = "sagemaker", **keys: str
    ) -> urllib3.BaseHTTPResponse:
        """POST to MLflow as the plugin does: by default to the App, as the account."""
        header = APP_HEADER if "mlflow-app" in (arn or self["app"]) else SERVER_HEADER
        headers = {header: arn or self["app"], "Content-Type": "application/json"}
        body = json.dumps(request).encode()
        headers = signature(self.aws, service, body, headers, path=path, **keys)
        return _pool.request("POST", self.aws.url + path, body=body, headers=headers, timeout=START_SECONDS)

    def page(self, path: str, **headers: str) -> urllib3.BaseHTTPResponse:
        """GET from the App's host, as a browser does."""
        host = f"{self['app'].rpartition('/')[2].lower()}.mlflow.localhost:{self.aws.port}"
        return _pool.request(
            "GET", self.aws.url + path, headers={"Host": host, **headers}, redirect=False, timeout=START_SECONDS
        )

    def link(self) -> str:
        """The path and query of a presigned URL."""
        url = urlsplit(self.aws.client("sagemaker").create_presigned_mlflow_app_url(Arn=self["app"])["AuthorizedUrl"])
        return f"{url.path}?{url.query}"

    def session(self) -> str:
        """The cookie of a browser's session."""
        return self.page(self.link()).headers["set-cookie"].partition(";")[0]


@pytest.fixture(scope="module")
def tracked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tracked]:
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
    addresses = listening_addresses(mlflow_processes(tracked.aws))
    assert addresses
    for address in addresses:
        assert address.startswith("127.0.0.1:")
        assert _pool.request("GET", f"http://{address}/health", timeout=30).status == 403


def test_an_app_needs_the_one_action_of_apps(tracked):
    keys = user(tracked.aws, allow("sagemaker-mlflow:*"))
    response = tracked.call(SEARCH, {"max_results": 1}, **keys)
    assert response.status == 403
    assert (
        f"is not authorized to perform: sagemaker:CallMlflowAppApi on resource: {tracked['app']} because no "
        "identity-based policy allows the sagemaker:CallMlflowAppApi action"
    ) in response.json()["message"]


def test_a_policy_may_name_one_app(tracked):
    keys = user(tracked.aws, allow("sagemaker:DescribeMlflowApp", tracked["app"]))
    sagemaker = tracked.aws.client("sagemaker", **keys)
    assert sagemaker.describe_mlflow_app(Arn=tracked["app"])["Name"] == "experiments"
    with pytest.raises(ClientError, match=f"CreatePresignedMlflowAppUrl on resource: {tracked['app']}"):
        sagemaker.create_presigned_mlflow_app_url(Arn=tracked["app"])


def test_an_app_needs_a_role_that_sagemaker_may_assume(tracked):
    missing = "arn:aws:iam::123456789012:role/missing"
    with pytest.raises(ClientError, match=f"Could not assume role {missing}"):
        tracked.aws.client("sagemaker").create_mlflow_app(
            Name="without-role", ArtifactStoreUri="s3://experiments/mlflow", RoleArn=missing
        )


def test_a_tracking_server_needs_an_action_each(tracked):
    keys = user(tracked.aws, allow("sagemaker-mlflow:SearchExperiments", tracked["server"]))
    response = tracked.call(
        "/api/2.0/mlflow/runs/create", {"experiment_id": "0"}, tracked["server"], "sagemaker-mlflow", **keys
    )
    assert response.status == 403
    assert "to perform: sagemaker-mlflow:CreateRun on resource: " + tracked["server"] in response.json()["message"]


def test_a_stopped_tracking_server_answers_nothing(tracked):
    sagemaker = tracked.aws.client("sagemaker")
    sagemaker.stop_mlflow_tracking_server(TrackingServerName="granular")
    response = tracked.call(SEARCH, {"max_results": 1}, tracked["server"], "sagemaker-mlflow")
    assert (response.status, response.json()["__type"]) == (409, "ConflictException")
    with pytest.raises(ClientError, match="ConflictException"):
        sagemaker.create_presigned_mlflow_tracking_server_url(TrackingServerName="granular")


@pytest.mark.parametrize("path", ["/api/2.0/elsewhere", "/health", "/ajax-api/2.0/mlflow/experiments/search"])
def test_a_path_that_is_none_of_mlflows_is_refused(tracked, path):
    assert tracked.call(path, {}).status == 404


def test_a_request_signed_for_another_service_is_refused(tracked):
    response = tracked.call(SEARCH, {"max_results": 1}, service="sagemaker-mlflow")
    assert (response.status, response.json()["__type"]) == (403, "InvalidSignatureException")


def test_an_unsigned_request_is_refused(tracked):
    headers = {APP_HEADER: tracked["app"], "Content-Type": "application/json"}
    assert _pool.request("POST", tracked.aws.url + SEARCH, headers=headers, body=b"{}").status == 403


def test_files_of_the_machine_are_no_artifacts(tracked):
    created = tracked.call(
        "/api/2.0/mlflow/experiments/create",
        {"name": "files", "artifact_location": f"file://{tracked.aws.ready['state']}"},
    )
    if created.status == 200:
        run = tracked.call("/api/2.0/mlflow/runs/create", {"experiment_id": created.json()["experiment_id"]}).json()
        header = {APP_HEADER: tracked["app"]}
        path = f"/api/2.0/mlflow/artifacts/list?run_id={run['run']['info']['run_id']}"
        listed = send(tracked.aws, "sagemaker", b"", header, method="GET", path=path)
        assert listed.status != 200
        assert "secret" not in listed.data.decode()


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


def test_pages_need_a_session(tracked):
    assert tracked.page("/").status == 403
    assert tracked.page("/", Cookie="mlflow-session=guess").status == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://example.com"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
    ],
)
def test_pages_do_not_answer_other_sites(tracked, headers):
    assert tracked.page("/", Cookie=tracked.session(), **headers).status == 403


def test_a_session_does_not_open_the_api_to_browsers(tracked):
    headers = {"Cookie": tracked.session(), "Sec-Fetch-Site": "none", APP_HEADER: tracked["app"]}
    assert _pool.request("GET", tracked.aws.url + SEARCH, headers=headers).status == 403
