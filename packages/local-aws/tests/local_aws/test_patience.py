"""DescribeStacks spares clients their next question, and never keeps them for long."""

from __future__ import annotations

import asyncio
import json
import time
import uuid

import pytest

from local_aws.cloudformation import patience

ASK = ("POST", "/", {}, b"Action=DescribeStacks&Version=2010-05-15&StackName=data", {})


def answering(*statuses):
    """A CloudFormation whose stack has these statuses, one answer after the other; the last one stays."""
    requests = []

    async def cloudformation(*request):
        status = statuses[min(len(requests), len(statuses) - 1)]
        requests.append(request)
        return 200, {}, f"<StackStatus>{status}</StackStatus>".encode()

    return cloudformation, requests


def ask(inner, request=ASK):
    return asyncio.run(patience.patient(inner, request))[2].decode()


def test_a_stack_that_is_made_in_a_moment_is_reported_as_complete(plain_aws):
    name = f"quick-{uuid.uuid4().hex[:8]}"
    cloudformation = plain_aws.client("cloudformation")
    template = {"Resources": {"Data": {"Type": "AWS::S3::Bucket"}}}
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(template))
    assert cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
    cloudformation.delete_stack(StackName=name)


def test_the_answer_is_held_until_the_stack_has_arrived():
    inner, requests = answering("CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS", "ROLLBACK_COMPLETE")
    assert "ROLLBACK_COMPLETE" in ask(inner)
    assert len(requests) == 3


def test_a_stack_that_takes_longer_is_reported_as_it_is(monkeypatch):
    monkeypatch.setattr(patience, "LONGEST_SECONDS", 2.5 * patience._INTERVAL_SECONDS)
    inner, requests = answering("UPDATE_IN_PROGRESS")
    assert "UPDATE_IN_PROGRESS" in ask(inner)
    assert len(requests) == 1 + 3, "at once, and after each interval until the time is over"


@pytest.mark.parametrize(
    "body",
    [b"Action=DescribeStacks&Version=2010-05-15", b"Action=DescribeStackEvents&StackName=data", b"", None],
    ids=["every stack", "another operation", "no body", "none at all"],
)
def test_other_questions_are_answered_at_once(body):
    inner, requests = answering("CREATE_IN_PROGRESS", "CREATE_COMPLETE")
    assert "CREATE_IN_PROGRESS" in ask(inner, (*ASK[:3], body, {}))
    assert len(requests) == 1


def test_a_change_set_that_waits_for_a_person_is_not_on_its_way():
    inner, requests = answering("REVIEW_IN_PROGRESS", "CREATE_COMPLETE")
    assert "REVIEW_IN_PROGRESS" in ask(inner)
    assert len(requests) == 1


def test_a_template_in_another_operations_body_costs_nothing():
    inner, _ = answering("CREATE_COMPLETE")
    body = (
        b"StackName=data&TemplateBody="
        + b"%7B%22Resources%22%3A" * 50_000
        + b"&Action=CreateChangeSet&Version=2010-05-15"
    )
    start = time.process_time()
    ask(inner, (*ASK[:3], body, {}))
    assert time.process_time() - start < 10, "a search of the whole body takes minutes of processor time"
