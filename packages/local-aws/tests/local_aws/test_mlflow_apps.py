"""SageMaker's API of MLflow Apps, without the MLflow behind them."""

from __future__ import annotations

import importlib.util
import json
import re
import time
import uuid
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from local_aws.api.service import Scope
from local_aws.api.store import Record
from local_aws.mlflow import actions
from local_aws.mlflow.links import Links, host_of
from local_aws.mlflow.servers import MlflowServers
from local_aws.process.state_folder import prepare_state
from local_aws.sagemaker.mlflow_kinds import MLFLOW_APP

STORE = {"ArtifactStoreUri": "s3://models/mlflow", "RoleArn": "arn:aws:iam::123456789012:role/tracking"}


@pytest.fixture
def create(sagemaker):
    """Creates Apps, which are deleted after the test."""
    arns = []

    def create(name="", **members):
        name = name or f"app-{uuid.uuid4().hex[:8]}"
        arns.append(sagemaker.create_mlflow_app(Name=name, **{**STORE, **members})["Arn"])
        return arns[-1]

    yield create
    for arn in arns:
        try:
            sagemaker.delete_mlflow_app(Arn=arn)
        except ClientError as error:
            assert error.response["Error"]["Code"] == "ResourceNotFound"


def code(refused):
    return refused.value.response["Error"]["Code"]


def test_an_app_has_an_arn_without_its_name(sagemaker, create):
    arn = create("experiments", Tags=[{"Key": "team", "Value": "science"}])
    assert re.fullmatch(r"arn:aws:sagemaker:us-east-1:123456789012:mlflow-app/app-[A-Z2-7]{12}", arn)
    app = sagemaker.describe_mlflow_app(Arn=arn)
    assert (app["Name"], app["Arn"], app["Status"]) == ("experiments", arn, "Created")
    assert app["ModelRegistrationMode"] == "AutoModelRegistrationDisabled"
    assert re.fullmatch(r"\d+\.\d+\.\d+", app["MlflowVersion"])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "science"}]


def test_a_name_in_use_is_refused(sagemaker, create):
    create("taken")
    with pytest.raises(ClientError, match="taken already exists") as refused:
        create("taken")
    assert code(refused) == "ConflictException"
    other = create("other")
    with pytest.raises(ClientError, match="taken already exists"):
        sagemaker.update_mlflow_app(Arn=other, Name="taken")


@pytest.mark.parametrize("uri", ["https://models.example.com/mlflow", "s3://a/b", "s3://Models/mlflow"])
def test_an_artifact_store_is_a_bucket(create, uri):
    with pytest.raises(ClientError, match="ArtifactStoreUri") as refused:
        create(ArtifactStoreUri=uri)
    assert code(refused) == "ValidationException"


def test_an_update_replaces_members(sagemaker, create):
    arn = create()
    changes = {"Name": "renamed", "WeeklyMaintenanceWindowStart": "Tue:03:30", "AccountDefaultStatus": "ENABLED"}
    assert sagemaker.update_mlflow_app(Arn=arn, **changes)["Arn"] == arn
    app = sagemaker.describe_mlflow_app(Arn=arn)
    assert {name: app[name] for name in changes} == changes
    assert (app["Status"], app["ArtifactStoreUri"]) == ("Updated", STORE["ArtifactStoreUri"])


def test_a_deleted_app_is_not_found(sagemaker, create):
    arn = create()
    assert sagemaker.delete_mlflow_app(Arn=arn)["Arn"] == arn
    for call in (sagemaker.describe_mlflow_app, sagemaker.delete_mlflow_app, sagemaker.create_presigned_mlflow_app_url):
        with pytest.raises(ClientError) as refused:
            call(Arn=arn)
        assert code(refused) == "ResourceNotFound"


def test_apps_are_listed_by_name_in_pages(sagemaker, create):
    arns = [create(f"listed-{number}", DefaultDomainIdList=["d-listed"]) for number in range(3)]
    query = {"DefaultForDomainId": "d-listed", "SortBy": "Name", "SortOrder": "Ascending"}
    first = sagemaker.list_mlflow_apps(**query, MaxResults=2)
    rest = sagemaker.list_mlflow_apps(**query, MaxResults=2, NextToken=first["NextToken"])
    assert [summary["Arn"] for summary in first["Summaries"] + rest["Summaries"]] == arns
    assert "NextToken" not in rest


def test_lists_filter_by_status_version_and_time(sagemaker, create):
    arn = create(DefaultDomainIdList=["d-filtered"])
    created = sagemaker.describe_mlflow_app(Arn=arn)["CreationTime"]
    query = {"DefaultForDomainId": "d-filtered"}
    for filters, count in (
        ({"Status": "Created"}, 1),
        ({"Status": "Updated"}, 0),
        ({"MlflowVersion": "0.0.1"}, 0),
        ({"AccountDefaultStatus": "ENABLED"}, 0),
        ({"CreatedBefore": created - timedelta(hours=1)}, 0),
        ({"CreatedAfter": created - timedelta(hours=1)}, 1),
    ):
        assert len(sagemaker.list_mlflow_apps(**query, **filters)["Summaries"]) == count


def test_the_address_of_a_page_expires_within_limits(sagemaker, create):
    arn = create()
    url = sagemaker.create_presigned_mlflow_app_url(Arn=arn, ExpiresInSeconds=5)["AuthorizedUrl"]
    name = arn.rpartition("/")[2].lower()
    assert re.fullmatch(rf"http://{name}\.mlflow\.localhost:\d+/auth\?authToken=[\w-]{{40,}}", url)
    with pytest.raises(ClientError, match="less than or equal to 300"):
        sagemaker.create_presigned_mlflow_app_url(Arn=arn, ExpiresInSeconds=301)


@pytest.fixture
def app():
    arn = "arn:aws:sagemaker:us-east-1:123456789012:mlflow-app/app-ABC"
    return Record(MLFLOW_APP, Scope("123456789012", "us-east-1"), "app-ABC", {"Arn": arn})


@pytest.fixture
def links():
    return Links(SimpleNamespace(port=4566), lambda: "123456789012")


def test_a_link_expires(app, links, monkeypatch):
    token = links.create(app, {"ExpiresInSeconds": 5}).rpartition("=")[2]
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now + 6)
    assert links.open(host_of(app), token) is None


def test_a_session_ends_after_its_time(app, links, monkeypatch):
    token = links.create(app, {"SessionExpirationDurationInSeconds": 1800}).rpartition("=")[2]
    cookie, seconds = links.open(host_of(app), token)
    assert seconds == 1800
    assert links.session(host_of(app), cookie).caller == "123456789012"
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now + 1801)
    assert links.session(host_of(app), cookie) is None


def test_a_link_opens_only_its_own_host(app, links):
    token = links.create(app, {}).rpartition("=")[2]
    assert links.open("app-other.mlflow.localhost", token) is None
    assert links.open(host_of(app), token)


@pytest.mark.parametrize("kept", [True, False])
def test_runs_stay_in_a_kept_state_only(tmp_path, kept):
    servers = MlflowServers(SimpleNamespace(settings=SimpleNamespace(state=tmp_path, cache=tmp_path)))
    servers.begin(kept=kept)
    (tmp_path / "mlflow" / "app").mkdir(parents=True)
    servers.close()
    assert (tmp_path / "mlflow").exists() is kept


def test_a_fresh_start_removes_the_runs(tmp_path):
    (tmp_path / "mlflow").mkdir()
    prepare_state(tmp_path, fresh=False)
    assert (tmp_path / "mlflow").exists()
    prepare_state(tmp_path, fresh=True)
    assert not (tmp_path / "mlflow").exists()


@pytest.mark.parametrize(
    ("method", "path", "action"),
    [
        ("POST", "/api/2.0/mlflow/runs/create", "CreateRun"),
        ("POST", "/api/2.0/mlflow/runs/log-batch", "LogBatch"),
        ("GET", "/api/2.0/mlflow/metrics/get-history", "GetMetricHistory"),
        ("PATCH", "/api/2.0/mlflow/logged-models/m-1", "FinalizeLoggedModel"),
        ("DELETE", "/api/2.0/mlflow/registered-models/alias", "DeleteRegisteredModelAlias"),
        ("GET", "/api/3.0/mlflow/traces/tr-1", "GetTraceInfo"),
    ],
)
def test_a_path_of_a_tracking_server_has_an_action(method, path, action):
    assert actions.of_client("mlflow-tracking-server", method, path) == f"sagemaker-mlflow:{action}"
    assert actions.of_client("mlflow-app", method, path) == "sagemaker:CallMlflowAppApi"


@pytest.mark.parametrize(
    "path",
    [
        "/api/3.0/mlflow/assistant/message",
        "/api/3.0/mlflow/gateway/secrets/list",
        "/api/2.0/mlflow/../../health",
        "/graphql",
        "/",
    ],
)
def test_what_clients_may_not_reach_has_no_action(path):
    assert actions.of_client("mlflow-app", "GET", path) is None


def test_every_action_is_one_of_awss(aws_actions):
    ours = {action.partition(":")[2].lower() for _, _, action in actions._TABLE}
    assert ours <= aws_actions


@pytest.fixture
def aws_actions():
    """The actions of the Service Authorization Reference, as cfn-lint has them."""
    spec = importlib.util.find_spec("cfnlint")
    file = Path(spec.origin).parent / "data" / "AdditionalSpecs" / "Policies.json"
    return set(json.loads(file.read_text())["sagemaker-mlflow"]["Actions"])
