"""ministack as services see it: events, objects and roles' credentials."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ministack.core import lambda_runtime
from ministack.core.responses import request_scope
from ministack.services import eventbridge, s3

from local_aws.api.service import Scope
from local_aws.clients import Credentials
from local_aws.clock import Clock
from local_aws.files.storage import Location
from local_aws.iam.recording import Recorder
from local_aws.iam.sagemaker import SESSION
from local_aws.iam.service_needs import caller
from local_aws.ministack.accounts import BUCKET, not_let_in, owner_of
from local_aws.ministack.private_networks import MinistackNetworks
from local_aws.protocols import Emulator
from local_aws.settings import Settings

if TYPE_CHECKING:
    from local_aws.ministack.cloudwatch import Alarms, Scale
    from local_aws.ministack.enforcement import MinistackEnforcement


class Ministack(Emulator):
    """One per process; ``loop`` is the one that serves. ``enforcement`` is None unless IAM is enforced."""

    def __init__(self, settings: Settings, loop: asyncio.AbstractEventLoop) -> None:
        self._secret, self._loop = settings.secret, loop
        self._clock = Clock(settings.clock_speed)
        self.scale: Scale = lambda _scope, _policy, _alarm, _values: None
        """Called when an alarm's action is a scaling policy."""
        self.enforcement = _enforcement(settings) if settings.iam else None
        self.networks = MinistackNetworks(settings.secret)

    def put_event(self, scope: Scope, entry: Mapping[str, Any]) -> None:
        """See `Events.put_event`."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(_put_event, scope, entry)

    def object_exists(self, scope: Scope, location: Location) -> bool:
        """See `Objects.object_exists`."""
        owner = owner_of(f"{BUCKET}{location.bucket}")
        record = s3._buckets.get_scoped(owner, None, location.bucket) if owner else None
        if not record or not any(key.startswith(location.key) for key in list(record["objects"])):
            return False
        if owner == scope.account or self.enforcement:
            return True
        with request_scope(scope.account, scope.region):
            return bool(s3._foreign_bucket_allows(owner, location.bucket, location.key, "GET", {}, scope.account))

    def refused(self, scope: Scope, policy: str, action: str, resource: str) -> str | None:
        """See `Policies.refused`."""
        with request_scope(scope.account, scope.region):
            return not_let_in(caller.get(), scope.account, policy, action, resource)

    def manifest_media_type(self, scope: Scope, uri: str) -> str | None:
        """See `Images.manifest_media_type`."""
        from local_aws.ministack.ecr import media_type  # here, because it loads ECR's service

        return media_type(scope, uri)

    def role_credentials(self, scope: Scope, role_arn: str | None) -> Credentials:
        """See `RoleCredentials.role_credentials`."""
        if role_arn and self.enforcement:
            return self.enforcement.credentials(scope, role_arn, SESSION)
        return Credentials(scope.account, self._secret)

    @cached_property
    def alarm_evaluation(self) -> Alarms:
        """CloudWatch's alarms; the first use loads the service."""
        from local_aws.ministack.cloudwatch import Alarms

        alarms = Alarms(self._clock, _put_event, lambda *arguments: self.scale(*arguments))
        alarms.extend()
        return alarms

    def later(self, call: Callable[[], object]) -> None:
        """See `Metrics.later`."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(call)

    def put_metrics(self, scope: Scope, namespace: str, data: Iterable[Mapping[str, Any]]) -> None:
        """See `Metrics.put_metrics`."""
        from local_aws.ministack.cloudwatch import put_points

        self.alarm_evaluation  # noqa: B018 (extends the service)
        put_points(scope, namespace, data)

    def evaluate_alarms(self, *, minute: bool) -> None:
        """See `Metrics.evaluate_alarms`; without a use of CloudWatch there are none."""
        if "ministack.services.cloudwatch" in sys.modules:
            self.alarm_evaluation.evaluate(minute=minute)

    def put_alarm(self, scope: Scope, alarm: Mapping[str, Any]) -> str:
        """See `Metrics.put_alarm`."""
        from local_aws.ministack.cloudwatch import put_alarm

        self.alarm_evaluation  # noqa: B018 (extends the service)
        return put_alarm(scope, alarm)

    def delete_alarms(self, scope: Scope, names: Iterable[str]) -> None:
        """See `Metrics.delete_alarms`."""
        from local_aws.ministack.cloudwatch import delete_alarms

        delete_alarms(scope, names)

    def alarms(self, scope: Scope) -> list[dict[str, Any]]:
        """See `Metrics.alarms`."""
        from local_aws.ministack.cloudwatch import alarms

        return alarms(scope)

    def next_time(self, expression: str, after: datetime) -> datetime | None:
        """See `Schedules.next_time`."""
        from local_aws.ministack.schedules import next_time

        return next_time(expression, after)

    def stop_functions(self) -> None:
        """End the processes that execute Lambda functions."""
        lambda_runtime.reset()


def _enforcement(settings: Settings) -> MinistackEnforcement:
    from local_aws.ministack.enforcement import MinistackEnforcement  # here, because it loads IAM's services

    return MinistackEnforcement(Recorder(settings.iam_calls), settings.secret)


def _put_event(scope: Scope, entry: Mapping[str, Any]) -> None:
    with request_scope(scope.account, scope.region):
        eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
