"""Events that an EventBridge rule writes to a log group, and the metrics of a log group's filters.

Ministack stores the rules' targets and the metric filters, but does not use them. Even if IAM is not enforced,
EventBridge writes only where a resource policy of CloudWatch Logs allows it: nothing else gives it access.
"""

from __future__ import annotations

import json
import logging
import re
import time
import uuid
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from ministack.core import iam_evaluator
from ministack.services import eventbridge

from local_aws.api.service import Scope
from local_aws.iam.enforcement import Enforcement
from local_aws.ministack.log_events import filter_events, refuse_unknown_tokens
from local_aws.ministack.log_keys import keep_keys
from local_aws.ministack.log_patterns import compiled
from local_aws.ministack.log_queries import refuse_unknown_commands
from local_aws.ministack.log_streams import describe_streams
from local_aws.ministack.metric_filters import Datum, counted
from local_aws.ministack.scope import current_scope

log = logging.getLogger("local_aws")

Publish = Callable[[str, Datum], None]
"""Puts a datum into a namespace; returns at once."""

WRITER = "events.amazonaws.com"
_GROUP = re.compile(r"(?P<arn>arn:[^:]+:logs:(?P<region>[^:]*):(?P<account>\d*):log-group:(?P<name>[^:]+))(:\*)?")


class LogGroups:
    """CloudWatch Logs, whose metric filters count from the first use on. One per process."""

    def __init__(self, publish: Publish, enforcement: Enforcement | None) -> None:
        self._publish, self._enforcement = publish, enforcement

    def extend(self) -> None:
        """Let metric filters count from now on."""
        self._logs  # noqa: B018 (extended when it is loaded)

    @cached_property
    def _logs(self) -> Any:
        """ministack's module, loaded on first use."""
        from ministack.services import cloudwatch_logs

        _count_log_events(cloudwatch_logs, self._publish)
        describe_streams(cloudwatch_logs)
        filter_events(cloudwatch_logs)
        refuse_unknown_tokens(cloudwatch_logs)
        refuse_unknown_commands(cloudwatch_logs)
        keep_keys(cloudwatch_logs, self._enforcement)
        return cloudwatch_logs

    def deliver_events(self) -> None:
        """Let a rule write whole events to a log group in its region and account."""
        inner = eventbridge._invoke_target

        def invoke(target: dict[str, Any], event: Any, rule: Any, view: Any = None) -> Any:
            group = _GROUP.fullmatch(target.get("Arn", ""))
            if group is None:
                return inner(target, event, rule, view)
            stream_arn = f"{group['arn']}:log-stream:{uuid.uuid4()}"  # one stream per event, named as EventBridge does
            reason = _undeliverable(target, group, current_scope()) or _refused(
                self._logs, stream_arn, (rule or {}).get("Arn"), current_scope()
            )
            if reason is None:
                message = json.dumps((view or eventbridge._pattern_event_view(event)).event_with_detail())
                reason = _write(self._logs, group["name"], stream_arn, message)
            if reason is not None:
                log.warning("EventBridge writes nothing to %s: %s", group["name"], reason)
            return None

        eventbridge._invoke_target = invoke


def _undeliverable(target: Mapping[str, Any], group: re.Match[str], scope: Scope) -> str | None:
    if (group["region"], group["account"]) != (scope.region, scope.account):
        return "it is in another region or account"
    inputs = [name for name in ("Input", "InputPath", "InputTransformer") if target.get(name)]
    return f"the local AWS writes whole events, and the target has {inputs[0]}" if inputs else None


def _refused(logs: Any, stream_arn: str, rule_arn: str | None, scope: Scope) -> str | None:
    policies = [policy["policyDocument"] for policy in list(logs._resource_policies.values())]
    for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
        context = iam_evaluator.EvalContext(
            principal_arn=WRITER,
            principal_type="Service",
            principal_account=scope.account,
            action=action,
            resource_arn=stream_arn,
            region=scope.region,
            service_context={"aws:sourceaccount": scope.account, "aws:sourcearn": rule_arn},
        )
        decisions = {iam_evaluator.evaluate_resource_policy(policy, context, WRITER).decision for policy in policies}
        if "Allow" not in decisions or "Deny" in decisions:
            return f"no resource policy allows {WRITER} {action}"
    return None


def _write(logs: Any, group: str, stream_arn: str, message: str) -> str | None:
    stream = {"logGroupName": group, "logStreamName": stream_arn.rpartition(":")[2]}
    for response in (
        logs._create_log_stream(stream),
        logs._put_log_events({**stream, "logEvents": [{"timestamp": int(time.time() * 1000), "message": message}]}),
    ):
        if response[0] != 200:
            return str(response[2])
    return None


def _count_log_events(logs: Any, publish: Publish) -> None:
    """Let metric filters count the events of their log groups, and refuse those whose pattern we can't read."""
    put_events, put_filter = logs._put_log_events, logs._put_metric_filter

    def put(data: dict[str, Any]) -> Any:
        response = put_events(data)
        if response[0] == 200:
            group = data["logGroupName"]
            for metric_filter in [item for (name, _), item in list(logs._metric_filters.items()) if name == group]:
                for event in data["logEvents"]:
                    for namespace, datum in counted(metric_filter, event["message"]):
                        publish(namespace, datum)
        return response

    def put_checked(data: dict[str, Any]) -> Any:
        try:
            compiled(data.get("filterPattern", ""))
        except ValueError as error:
            return logs.error_response_json("InvalidParameterException", str(error), 400)
        return put_filter(data)

    logs._put_log_events, logs._put_metric_filter = put, put_checked
