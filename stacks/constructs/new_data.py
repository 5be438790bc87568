"""New data in the data bucket runs the pipelines of the workloads that wait for it, once per batch of files.

The bucket sends an event per object. The pipeline's function opens a gate for it, an execution of the small state
machine here, which starts the workload's pipeline when no more objects arrive and no run is going on. Nothing of it
costs anything while no data arrives. `lambda/arrivals.py` has the rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from stacks.base.platform_stack import PlatformStack
from stacks.base.storage import Storage
from stacks.constructs.function_calls import call_for_events
from stacks.constructs.logged_state_machine import logged_state_machine
from stacks.constructs.pipeline_definition import LAMBDA_RETRY
from stacks.permissions.inline_policies import attach
from stacks.permissions.pipeline_permissions import allow_gates, allow_turns
from stacks.permissions.principals import of_this_account

TURN_RETRY = {
    "ErrorEquals": ["States.ALL"],
    "IntervalSeconds": 30,
    "MaxAttempts": 50,
    "BackoffRate": 2,
    "MaxDelaySeconds": 900,
}
"""A gate that gave up would lose what arrived, so it tries for half a day."""


class NewData(Construct):
    """The rule for the objects, and the state machine of the gates."""

    def __init__(
        self,
        scope: PlatformStack,
        name: str,
        *,
        prefixes: Sequence[str],
        function: str,
        function_role: iam.Role,
        pipeline: stepfunctions.CfnStateMachine,
        storage: Storage,
    ) -> None:
        super().__init__(scope, name)
        quiet = scope.settings.new_data_quiet_seconds
        role = iam.Role(
            self, "GatesRole", assumed_by=of_this_account("states.amazonaws.com"), description="Collects new data"
        )
        self.gates = gates = logged_state_machine(
            scope,
            self,
            "Gates",
            role=role,
            definition=gates_definition(function, pipeline.attr_arn, quiet, scope.partition_name),
            permissions=allow_gates(self, role, function, storage.key_arn),
            key_arn=storage.key_arn,
        )
        attach(
            self,
            "TurnPermissions",
            function_role,
            allow_turns(
                scope, gates=(gates.attr_arn, gates.attr_name), pipeline=(pipeline.attr_arn, pipeline.attr_name)
            ),
        )
        call_for_events(
            self,
            "Arrived",
            "Collects the data that workloads' pipelines wait for",
            _objects(storage.data_bucket, prefixes),
            events.CfnRule.TargetProperty(id="gates", arn=function, input_transformer=_arrival(gates.attr_arn, quiet)),
        )


def gates_definition(function: str, pipeline: str, quiet: int, partition: str = "aws") -> dict[str, Any]:
    """The gates' state machine: wait until the window is over, then ask the function until it says to end."""
    payload = {
        "step": "turn",
        "workload": "{% $workload %}",
        "until": "{% $until %}",
        "quiet": quiet,
        "pipeline": pipeline,
        "gates": "{% $states.context.StateMachine.Id %}",
    }
    return {
        "Comment": "Waits until a workload's new data is complete and no run is going on, then starts its pipeline",
        "QueryLanguage": "JSONata",
        "StartAt": "Window",
        "States": {
            "Window": {
                "Type": "Wait",
                "Timestamp": "{% $states.input.first_turn %}",
                "Assign": {"workload": "{% $states.input.workload %}", "until": "{% $states.input.until %}"},
                "Next": "Turn",
            },
            "Turn": {
                "Type": "Task",
                "Resource": f"arn:{partition}:states:::lambda:invoke",
                "Arguments": {"FunctionName": function, "Payload": payload},
                "Retry": [LAMBDA_RETRY, TURN_RETRY],
                "Assign": {"seconds": "{% $states.result.Payload.seconds %}"},
                "Output": "{% $states.result.Payload %}",
                "Next": "Over?",
            },
            "Over?": {
                "Type": "Choice",
                "Choices": [{"Condition": "{% $seconds > 0 %}", "Next": "Wait"}],
                "Default": "Over",
            },
            "Wait": {"Type": "Wait", "Seconds": "{% $seconds %}", "Next": "Turn"},
            "Over": {"Type": "Succeed"},
        },
    }


def _objects(bucket: str, prefixes: Sequence[str]) -> dict[str, Any]:
    keys = [{"prefix": f"{prefix}/"} for prefix in prefixes]
    return {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": [bucket]}, "object": {"key": keys}},
    }


def _arrival(gates: str, quiet: int) -> events.CfnRule.InputTransformerProperty:
    template = f'{{"step": "arrived", "object": <key>, "time": <time>, "gates": "{gates}", "quiet": {quiet}}}'
    paths = {"key": "$.detail.object.key", "time": "$.time"}
    return events.CfnRule.InputTransformerProperty(input_paths_map=paths, input_template=template)
