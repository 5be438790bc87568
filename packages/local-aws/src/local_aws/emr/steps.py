"""The operations on steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local_aws.api.paging import offset
from local_aws.api.service import Operation, Scope
from local_aws.context import Context
from local_aws.emr.cluster import Cluster
from local_aws.emr.errors import invalid_request
from local_aws.emr.step import ENDED, Step

Request = dict[str, Any]
PAGE = 50
MOST_AT_ONCE = 256
"""Maximum number of steps per cluster that have not ended."""


class Steps:
    """``cluster`` returns a cluster, or raises; ``live`` also raises for an ended one."""

    def __init__(
        self, context: Context, cluster: Callable[[Scope, Request], Cluster], live: Callable[[Scope, Request], Cluster]
    ) -> None:
        self._context, self._cluster, self._live = context, cluster, live

    def operations(self) -> dict[str, Operation]:
        """The operations, by AWS's names."""
        return {
            "AddJobFlowSteps": self.add,
            "DescribeStep": lambda scope, request: {"Step": self._step(scope, request).details},
            "ListSteps": self.list,
            "CancelSteps": self.cancel,
        }

    def add(self, scope: Scope, request: Request) -> Request:
        """AddJobFlowSteps."""
        cluster = self._live(scope, {"ClusterId": request["JobFlowId"]})
        role = request.get("ExecutionRoleArn")
        steps = [Step(self._context, scope, cluster, config, role) for config in request["Steps"]]
        waiting = sum(step.state not in ENDED for step in cluster.queue.steps)
        if waiting + len(steps) > MOST_AT_ONCE:
            raise invalid_request(f"Maximum number of active steps(State = 'Running', 'Pending'): {MOST_AT_ONCE}")
        cluster.queue.add(steps)
        return {"StepIds": [step.id for step in steps]}

    def list(self, scope: Scope, request: Request) -> Request:
        """ListSteps: newest first."""
        states, identifiers = request.get("StepStates"), request.get("StepIds")
        steps = [
            step.details
            for step in reversed(self._cluster(scope, request).queue.steps)
            if (not states or step.state in states) and (not identifiers or step.id in identifiers)
        ]
        start = offset(request.get("Marker"), invalid_request("Marker is not valid."))
        more = {"Marker": str(start + PAGE)} if len(steps) > start + PAGE else {}
        return {"Steps": steps[start : start + PAGE], **more}

    def cancel(self, scope: Scope, request: Request) -> Request:
        """CancelSteps: returns for each step whether it could be cancelled."""
        steps = {step.id: step for step in self._cluster(scope, request).queue.steps}
        return {"CancelStepsInfoList": [_cancelled(name, steps.get(name)) for name in request["StepIds"]]}

    def _step(self, scope: Scope, request: Request) -> Step:
        for step in self._cluster(scope, request).queue.steps:
            if step.id == request["StepId"]:
                return step
        raise invalid_request(f"Step id '{request['StepId']}' is not valid.")


def _cancelled(identifier: str, step: Step | None) -> Request:
    if step is None or step.state in ENDED:
        state = step.state if step else "not known"
        return {"StepId": identifier, "Status": "FAILED", "Reason": f"The step can't be cancelled: it is {state}."}
    step.cancel()
    return {"StepId": identifier, "Status": "SUBMITTED"}
