"""Scheduled actions: stored with the moment at which each is due next, and run then."""

from __future__ import annotations

import time
import uuid

from local_aws.api.errors import validation_error
from local_aws.api.service import Scope
from local_aws.application_autoscaling.registry import TARGET, Record, Registry, find, remove
from local_aws.application_autoscaling.scaling import Scaling
from local_aws.application_autoscaling.schedule import next_due
from local_aws.context import Context

ACTION = (*TARGET, "ScheduledActionName")


class ScheduledActions:
    """The scheduled actions of all targets."""

    def __init__(self, context: Context, registry: Registry, scaling: Scaling) -> None:
        self._context, self._registry, self._scaling = context, registry, scaling

    def begin(self) -> None:
        """Go on from now after a restart: what was due while no server ran is not made up for."""
        for actions in self._registry.actions.values():
            for action in actions:
                action["Due"] = self._due(action)

    def run_due(self) -> None:
        """Run the actions that are due."""
        now = time.time()
        for scope, actions in list(self._registry.actions.items()):
            for action in [action for action in actions if action.get("Due") and action["Due"] <= now]:
                action["Due"] = self._due(action)
                target = find(self._registry.targets.get(scope, ()), action, TARGET)
                if target and target["ServiceNamespace"] == "sagemaker":
                    self._scaling.limit(scope, target, action)

    def put(self, scope: Scope, request: Record) -> None:
        """PutScheduledAction."""
        self._registry.target(scope, request)
        actions = self._registry.actions.setdefault(scope, [])
        action = find(actions, request, ACTION)
        if action is None and "Schedule" not in request:
            raise validation_error("Schedule is required for a new scheduled action.")
        new_action = {**(action or _new_action(scope, request)), **request}
        new_action["Due"] = self._due(new_action)
        if action is None:
            actions.append(new_action)
        else:
            action.update(new_action)

    def delete(self, scope: Scope, request: Record) -> None:
        """DeleteScheduledAction."""
        remove(self._registry.actions.get(scope, []), request, ACTION, "scheduled action", "ScheduledActionName")

    def _due(self, action: Record) -> float | None:
        return next_due(action, time.time(), self._context.clock, self._context.emulator.next_time)


def _new_action(scope: Scope, request: Record) -> Record:
    name = f"scheduledActionName/{request['ScheduledActionName']}"
    arn = scope.arn("autoscaling", f"scheduledAction:{uuid.uuid4()}:{name}")
    return {"ScheduledActionARN": arn, "CreationTime": time.time()}
