"""A CloudFormation stack, driven through plain calls as any client would."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

from botocore.exceptions import ClientError

from tests.local_aws.launcher import LocalAws

DONE = ("COMPLETE", "FAILED")


class Stack:
    def __init__(self, aws: LocalAws) -> None:
        self.cloudformation = aws.client("cloudformation")
        self.name = f"stack-{uuid.uuid4().hex[:8]}"

    def apply(self, resources: dict[str, Any], outputs: dict[str, Any] | None = None) -> str:
        """Create or update; returns the stack's last status."""
        body = {"Resources": resources, "Outputs": {key: {"Value": value} for key, value in (outputs or {}).items()}}
        arguments = {"StackName": self.name, "TemplateBody": json.dumps(body), "Capabilities": ["CAPABILITY_NAMED_IAM"]}
        if self.describe():
            self.cloudformation.update_stack(**arguments)
        else:
            self.cloudformation.create_stack(**arguments)
        return self.settle()

    def settle(self, seconds: float = 60) -> str:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            stack = self.describe()
            status = stack["StackStatus"] if stack else "DELETE_COMPLETE"
            if status.endswith(DONE) and "CLEANUP" not in status:
                return str(status)
            time.sleep(0.05)
        raise AssertionError(f"{self.name} is still {status}")

    def describe(self) -> dict[str, Any] | None:
        try:
            return dict(self.cloudformation.describe_stacks(StackName=self.name)["Stacks"][0])
        except ClientError:
            return None

    def outputs(self) -> dict[str, str]:
        stack = self.describe() or {}
        return {item["OutputKey"]: item["OutputValue"] for item in stack.get("Outputs", ())}

    def reasons(self) -> list[str]:
        events = self.cloudformation.describe_stack_events(StackName=self.name)["StackEvents"]
        return [event["ResourceStatusReason"] for event in events if event.get("ResourceStatusReason")]

    def delete(self) -> str:
        self.cloudformation.delete_stack(StackName=self.name)
        return self.settle()
