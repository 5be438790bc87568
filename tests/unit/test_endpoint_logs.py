"""A changed retention reaches the logs of pinned endpoints, as far as the caller may set it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from launchpad.platform_client.endpoint_logs import keep_endpoint_logs
from launchpad.settings import load_environment

PIN = "endpoints:\n  - {workload: boston-housing, model_data: s3://models/boston-housing/x/model.tar.gz}\n"
GROUP = "/aws/sagemaker/Endpoints/qa-boston-housing"


@pytest.fixture
def retention(tmp_path):
    """A function from the code of CloudWatch's refusal to what was set, and what was left."""

    def run(refusal: str = "", pins: str = PIN) -> tuple[list[dict[str, Any]], str | None]:
        (tmp_path / "qa.yaml").write_text(f"name: qa\nregion: eu-west-1\nlog_retention_days: 30\n{pins}")
        requests: list[dict[str, Any]] = []

        def put(**request: Any) -> None:
            if refusal:
                raise ClientError({"Error": {"Code": refusal, "Message": "no"}}, "PutRetentionPolicy")
            requests.append(request)

        logs = SimpleNamespace(put_retention_policy=put)
        connection: Any = SimpleNamespace(settings=load_environment("qa", tmp_path), client=lambda _: logs)
        return requests, keep_endpoint_logs(connection)

    return run


def test_the_group_of_a_pinned_endpoint_is_kept_as_long_as_the_config_says(retention):
    assert retention() == ([{"logGroupName": GROUP, "retentionInDays": 30}], None)
    assert retention(pins="") == ([], None)


def test_a_group_that_does_not_exist_yet_is_left_to_the_function(retention):
    assert retention("ResourceNotFoundException") == ([], None)


def test_a_caller_who_may_not_set_it_learns_what_may_be_left(retention):
    assert str(retention("AccessDeniedException")[1]).startswith(f"{GROUP} may be kept for other than 30 days: ")


def test_another_refusal_is_raised(retention):
    with pytest.raises(ClientError):
        retention("ThrottlingException")
