"""State machines of a test: run to their end, or until a state is reached."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass
from typing import Any

from tests.local_aws.launcher import LocalAws

SLEEPER = "import time; print('begun', flush=True); time.sleep(60)"

ROLE = "arn:aws:iam::123456789012:role/states"
OVER = ("SUCCEEDED", "FAILED", "ABORTED", "TIMED_OUT")


@dataclass(frozen=True)
class StateMachines:
    aws: LocalAws

    @property
    def client(self) -> Any:
        return self.aws.client("stepfunctions")

    def start(self, states: dict[str, Any], data: Any = None, *, name: str | None = None, **machine: Any) -> str:
        """Begin with the first state, in JSONata; returns the execution's ARN."""
        definition = {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states, **machine}
        created = self.client.create_state_machine(
            name=f"machine-{uuid.uuid4().hex[:12]}", definition=json.dumps(definition), roleArn=ROLE
        )
        more = {"name": name} if name else {}
        started = self.client.start_execution(
            stateMachineArn=created["stateMachineArn"], input=json.dumps({} if data is None else data), **more
        )
        return str(started["executionArn"])

    def run(self, states: dict[str, Any], data: Any = None, **machine: Any) -> dict[str, Any]:
        return self.wait(self.start(states, data, **machine))

    def output(self, states: dict[str, Any], data: Any = None, *, seconds: float = 60, **machine: Any) -> Any:
        """What a successful execution gives."""
        execution = self.wait(self.start(states, data, **machine), seconds)
        assert execution["status"] == "SUCCEEDED", (execution.get("error"), execution.get("cause"))
        return json.loads(execution["output"])

    def wait(self, arn: str, seconds: float = 60) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            execution = dict(self.client.describe_execution(executionArn=arn))
            if execution["status"] in OVER:
                return execution
            time.sleep(0.05)
        raise AssertionError(f"still {execution['status']}")


def task(resource: str, arguments: Any = None, **members: Any) -> dict[str, Any]:
    """A last state that calls a service."""
    arguments_member = {} if arguments is None else {"Arguments": arguments}
    end = {} if "Next" in members else {"End": True}
    return {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", **arguments_member, **end, **members}


def catching(following: str, **assign: Any) -> dict[str, Any]:
    """The member of a state that catches every error, keeps variables, and goes on with the following state."""
    return {"Catch": [{"ErrorEquals": ["States.ALL"], "Assign": assign, "Next": following}]}
