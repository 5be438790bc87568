"""ministack as services see it: events, objects and roles' credentials."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ministack.core import lambda_runtime
from ministack.core.responses import request_scope
from ministack.services import eventbridge, s3

from local_aws.api.service import Scope
from local_aws.clients import Credentials
from local_aws.files.storage import Location
from local_aws.iam.recording import Recorder
from local_aws.iam.sagemaker import SESSION
from local_aws.protocols import Emulator
from local_aws.settings import Settings

if TYPE_CHECKING:
    from local_aws.ministack.enforcement import MinistackEnforcement


class Ministack(Emulator):
    """One per process; ``loop`` is the one that serves. ``enforcement`` is None unless IAM is enforced."""

    def __init__(self, settings: Settings, loop: asyncio.AbstractEventLoop) -> None:
        self._secret, self._loop = settings.secret, loop
        self.enforcement = _enforcement(settings) if settings.iam else None

    def put_event(self, scope: Scope, entry: Mapping[str, Any]) -> None:
        """See `Events.put_event`."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(_put_event, scope, entry)

    def object_exists(self, scope: Scope, location: Location) -> bool:
        """See `Objects.object_exists`."""
        with request_scope(scope.account, scope.region):
            record = s3._buckets.get(location.bucket)
            return bool(record) and any(key.startswith(location.key) for key in list(record["objects"]))

    def manifest_media_type(self, scope: Scope, uri: str) -> str | None:
        """See `Images.manifest_media_type`."""
        from local_aws.ministack.ecr import media_type  # here, because it loads ECR's service

        return media_type(scope, uri)

    def role_credentials(self, scope: Scope, role_arn: str | None) -> Credentials:
        """See `RoleCredentials.role_credentials`."""
        if role_arn and self.enforcement:
            return self.enforcement.credentials(scope, role_arn, SESSION)
        return Credentials(scope.account, self._secret)

    def stop_functions(self) -> None:
        """End the processes that execute Lambda functions."""
        lambda_runtime.reset()


def _enforcement(settings: Settings) -> MinistackEnforcement:
    from local_aws.ministack.enforcement import MinistackEnforcement  # here, because it loads IAM's services

    return MinistackEnforcement(Recorder(settings.iam_calls), settings.secret)


def _put_event(scope: Scope, entry: Mapping[str, Any]) -> None:
    with request_scope(scope.account, scope.region):
        eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
