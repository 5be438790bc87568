"""Whom the local AWS refuses to hand over to MLflow, which never starts here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.conftest import PLAIN
from tests.local_aws.launcher import running_local_aws
from tests.local_aws.mlflow_requests import APP_HEADER, SEARCH, Tracked, pool
from tests.local_aws.permissions import allow, role, user


@pytest.fixture(scope="module")
def tracked() -> Iterator[Tracked]:
    with running_local_aws(*PLAIN, "--iam") as aws:
        sagemaker = aws.client("sagemaker")
        store = {"ArtifactStoreUri": "s3://experiments/mlflow", "RoleArn": role(aws)}
        app = sagemaker.create_mlflow_app(Name="experiments", **store)["Arn"]
        server = sagemaker.create_mlflow_tracking_server(TrackingServerName="granular", **store)["TrackingServerArn"]
        yield Tracked(aws, {"app": app, "server": server})


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
    assert pool.request("POST", tracked.aws.url + SEARCH, headers=headers, body=b"{}").status == 403


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
    assert pool.request("GET", tracked.aws.url + SEARCH, headers=headers).status == 403


def test_a_presigned_url_opens_a_session_once(tracked):
    link = tracked.link()
    assert tracked.page(link).status == 302
    assert tracked.page(link).status == 403
