"""EventBridge: rules, targets and events that AWS refuses, and ministack takes.

The words are those of users' reports and of published tests against AWS. Not confirmed is whether those
for an input that is no JSON go on after the target's name, and the code for a pattern that is too long.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import eventbridge

from local_aws.api.documents import is_json

Members = Mapping[str, Any]
MOST_BYTES = 2048
"""Bytes of an event pattern; its model has twice as many."""
MOST_TARGETS = 5
"""Targets of a rule ("Amazon EventBridge quotas")."""
INPUTS = ("Input", "InputPath", "InputTransformer")
NEED_ROLES = ("states", "kinesis", "ecs", "batch", "codebuild", "codepipeline", "sagemaker")
"""Services of targets that EventBridge calls with a role only ("Parameters" in the reference of PutTargets)."""
REQUIRED = ("Source", "DetailType", "Detail")


def extend_events() -> None:
    """Change EventBridge. Once per process."""
    eventbridge._put_rule = _refusing(eventbridge._put_rule, _rule_problem)
    eventbridge._put_targets = _refusing(eventbridge._put_targets, _targets_problem)
    eventbridge._delete_rule = _refusing(eventbridge._delete_rule, _deletion_problem)
    eventbridge._put_events = _failing_entries(eventbridge._put_events)


def _refusing(inner: Callable[..., Any], problem: Callable[[Members], tuple[str, str]]) -> Callable[..., Any]:
    def operation(members: Members) -> Any:
        code, words = problem(members)
        return eventbridge.error_response_json(code, words, 400) if code else inner(members)

    return operation


def _invalid(words: str) -> tuple[str, str]:
    return "ValidationException", words


def _rule_problem(members: Members) -> tuple[str, str]:
    if not members.get("EventPattern") and not members.get("ScheduleExpression"):
        return _invalid("Parameter(s) EventPattern or ScheduleExpression must be specified.")
    bus = str(members.get("EventBusName") or "default").rpartition("/")[2]
    if members.get("ScheduleExpression") and bus != "default":
        return _invalid("ScheduleExpression is supported only on the default event bus.")
    if len(_compact(str(members.get("EventPattern") or ""))) > MOST_BYTES:
        name = f" for rule {members['Name']}" if members.get("Name") else ""  # a template's may be made later
        return _invalid(f"Parameter EventPattern{name} exceeds limit of {MOST_BYTES}.")
    return "", ""


def _compact(pattern: str) -> bytes:
    """A pattern without blanks, of which AWS's page does not say whether they count; or the text, if it is no JSON."""
    if not is_json(pattern):
        return pattern.encode(errors="replace")
    return json.dumps(json.loads(pattern), separators=(",", ":"), ensure_ascii=False).encode(errors="replace")


def of_a_template(properties: Members) -> str | None:
    """What EventBridge refuses of a rule and its targets in a template, in its words."""
    pattern = properties.get("EventPattern", "")
    text = pattern if isinstance(pattern, str) else json.dumps(pattern)
    _, words = _rule_problem({**properties, "EventPattern": text})
    if not words and (reason := eventbridge._event_pattern_error(text)):
        words = f"Event pattern is not valid. Reason: {reason}"
    targets = [target for target in properties.get("Targets") or () if isinstance(target, dict)]
    return words or _problem_of_targets(targets, len({target.get("Id") for target in targets}))[1] or None


def _targets_of(members: Members, name: str) -> list[dict[str, Any]]:
    key = eventbridge._rule_key(members.get(name), members.get("EventBusName", "default"))
    return list(eventbridge._targets.get(key) or ())


def _targets_problem(members: Members) -> tuple[str, str]:
    targets = [target for target in members.get("Targets") or () if isinstance(target, dict)]
    names = {target.get("Id") for target in [*_targets_of(members, "Rule"), *targets]}
    return _problem_of_targets(targets, len(names))


def _problem_of_targets(targets: list[dict[str, Any]], count: int) -> tuple[str, str]:
    if count > MOST_TARGETS:
        return "LimitExceededException", "The requested resource exceeds the maximum number allowed."
    for target in targets:
        if words := _target_problem(target):
            return _invalid(words)
    return "", ""


def _target_problem(target: Members) -> str | None:
    arn, name = str(target.get("Arn") or ""), target.get("Id")
    if sum(bool(target.get(member)) for member in INPUTS) > 1:
        return f"Only one of Input, InputPath, or InputTransformer must be provided for target {name}."
    if target.get("Input") and not is_json(target["Input"]):
        return f"JSON syntax error in input for target {name}"
    if not target.get("RoleArn") and (arn.split(":") + [""] * 3)[2] in NEED_ROLES:
        return f"RoleArn is required for target {arn}."
    return None


def _deletion_problem(members: Members) -> tuple[str, str]:
    return _invalid("Rule can't be deleted since it has targets.") if _targets_of(members, "Name") else ("", "")


def _failing_entries(inner: Callable[..., Any]) -> Callable[..., Any]:
    """PutEvents puts the good entries, and reports each of the others in its place."""

    def put_events(members: Members, allow_aws_source: bool = False) -> Any:
        entries = members.get("Entries") or []
        failures = {place: failure for place, entry in enumerate(entries) if (failure := _failure(entry))}
        if allow_aws_source or not failures or len(entries) > 10:
            return inner(members, allow_aws_source=allow_aws_source)
        good = [entry for place, entry in enumerate(entries) if place not in failures]
        status, headers, body = inner({**members, "Entries": good}, allow_aws_source=allow_aws_source)
        answered = json.loads(body)
        results = iter(answered["Entries"])
        merged = [failures.get(place) or next(results) for place in range(len(entries))]
        answered |= {"Entries": merged, "FailedEntryCount": answered["FailedEntryCount"] + len(failures)}
        return status, headers, json.dumps(answered).encode()

    return put_events


def _failure(entry: Members) -> dict[str, str] | None:
    """The failure of an entry that is no event."""
    for name in REQUIRED:
        if not entry.get(name):
            words = f"Parameter {name} is not valid. Reason: {name} is a required argument."
            return {"ErrorCode": "InvalidArgument", "ErrorMessage": words}
    if not is_json(entry["Detail"], dict):
        return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
    return None
