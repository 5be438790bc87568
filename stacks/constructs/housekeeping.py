"""The function that reports each week what is idle or old and what it costs, its schedule, and its role.

It can stop only what the config lets it stop, and delete only what nothing refers to, where `retention.delete` is on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from constructs import Construct

from stacks.base.platform_stack import PlatformStack
from stacks.base.storage import Storage
from stacks.constructs.alert_topic import AlertTopic
from stacks.constructs.function_calls import schedule, schedule_role
from stacks.constructs.function_code import FunctionCode
from stacks.constructs.job_function import function_with_role
from stacks.permissions.housekeeping_permissions import find_idle, kinds
from stacks.permissions.retention_permissions import delete_old_things, find_old_things

REPORT = json.dumps({"report": True})


class Housekeeping(Construct):
    """The function, to whose role an optional stack adds what only it knows."""

    def __init__(
        self,
        scope: PlatformStack,
        name: str,
        *,
        code: FunctionCode,
        storage: Storage,
        alerts: AlertTopic,
        spark: Mapping[str, str],
        pipeline_arn: str,
        variables: Mapping[str, str],
    ) -> None:
        super().__init__(scope, name)
        settings = scope.settings.housekeeping
        own = {
            "kinds": kinds(scope, spark),
            **settings.model_dump(mode="json", exclude={"enabled", "schedule"}),
        }
        self.function = function_with_role(
            self,
            scope,
            "Housekeeping",
            "The function that reports what is idle",
            [
                *find_idle(scope, spark),
                *find_old_things(scope, storage, pipeline_arn=pipeline_arn),
                *(delete_old_things(scope, storage) if scope.settings.retention.delete else ()),
                *alerts.publish(),
            ],
            code=code,
            module="housekeeping",
            description="Reports what is idle and what it costs",
            key=storage.key,
            environment={
                **variables,
                "ALERT_TOPIC": alerts.topic_arn,
                "HOUSEKEEPING": json.dumps(own),
                "STATE_MACHINE": pipeline_arn,
            },
        )
        if settings.enabled:
            self._call_on_schedule(scope, settings.schedule)

    def _call_on_schedule(self, scope: PlatformStack, expression: str) -> None:
        target = self.function.arn
        role = schedule_role(self, "Calls the function that reports what is idle", target)
        description = f"Reports what is idle in {scope.settings.name}"
        schedule(self, "Report", description, expression, target_arn=target, role=role, event=REPORT)
