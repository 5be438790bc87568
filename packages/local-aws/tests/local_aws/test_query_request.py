"""Requests of the query protocol as structures."""

from __future__ import annotations

from local_aws.api.query_request import structure
from local_aws.api.service import service_model

CREATE_STACK = service_model("cloudformation").operation_model("CreateStack").input_shape


class Counted(dict[str, str]):
    """Parameters that count how often all of them are gone through."""

    rounds = 0

    def __iter__(self):
        self.rounds += 1
        return super().__iter__()


def test_lists_of_structures_are_read():
    params = {
        "StackName": "a",
        "Tags.member.1.Key": "k",
        "Tags.member.1.Value": "",
        "Tags.member.2.Key": "l",
        "DisableRollback": "true",
        "NotificationARNs": "",
        "RollbackConfiguration.MonitoringTimeInMinutes": "5",
    }
    assert structure(CREATE_STACK, params) == {
        "StackName": "a",
        "Tags": [{"Key": "k", "Value": ""}, {"Key": "l"}],
        "DisableRollback": True,
        "NotificationARNs": [],
        "RollbackConfiguration": {"MonitoringTimeInMinutes": 5},
    }


def test_a_long_request_is_gone_through_once():
    params = Counted({f"Parameters.member.{number}.ParameterKey": "k" for number in range(1, 2001)})
    assert len(structure(CREATE_STACK, params)["Parameters"]) == 2000
    assert params.rounds < 5
