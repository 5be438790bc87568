"""`launchpad mlflow`: an address of the App's or the server's pages, or what to write to have one."""

from __future__ import annotations

from typing import Any

import pytest

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.tracking import presigned_url
from launchpad.settings import EnvironmentSettings

ARN = "arn:aws:sagemaker:eu-west-1:123456789012"


class Account:
    """CloudFormation and SageMaker, as far as they are asked."""

    def __init__(self, **outputs: str) -> None:
        self.outputs = outputs
        self.asked: list[dict[str, Any]] = []

    def describe_stacks(self, **_: str) -> dict[str, Any]:
        outputs = [{"OutputKey": key, "OutputValue": value} for key, value in self.outputs.items()]
        return {"Stacks": [{"Outputs": outputs}]}

    def create_presigned_mlflow_app_url(self, **request: Any) -> dict[str, str]:
        self.asked.append(request)
        return {"AuthorizedUrl": "https://app"}

    def create_presigned_mlflow_tracking_server_url(self, **request: Any) -> dict[str, str]:
        self.asked.append(request)
        return {"AuthorizedUrl": "https://server"}


def connection(monkeypatch: pytest.MonkeyPatch, account: Account, tracking: dict[str, str] | None) -> Connection:
    settings = EnvironmentSettings.model_validate({"name": "dev", "region": "eu-west-1", "tracking": tracking})
    monkeypatch.setattr(Connection, "client", lambda *_, **__: account)
    return Connection(settings)


def test_an_app_is_asked_for_by_its_arn(monkeypatch):
    account = Account(MlflowAppArn=f"{ARN}:mlflow-app/app-1")
    assert presigned_url(connection(monkeypatch, account, {})) == "https://app"
    assert account.asked[0]["Arn"] == f"{ARN}:mlflow-app/app-1"


def test_a_server_is_asked_for_by_its_name(monkeypatch):
    account = Account(TrackingServerArn=f"{ARN}:mlflow-tracking-server/dev-tracking")
    assert presigned_url(connection(monkeypatch, account, {"size": "Small"})) == "https://server"
    assert account.asked[0]["TrackingServerName"] == "dev-tracking"


def test_without_tracking_the_error_has_the_line_to_write(monkeypatch):
    with pytest.raises(LaunchpadError, match=r"write `tracking: \{\}`.*launchpad deploy --env dev"):
        presigned_url(connection(monkeypatch, Account(), None))


def test_what_was_not_deployed_yet_is_to_be_deployed(monkeypatch):
    with pytest.raises(LaunchpadError, match="has no MLflow yet; run `launchpad deploy --env dev`"):
        presigned_url(connection(monkeypatch, Account(), {}))
