"""SageMaker Studio: domains, their user profiles, spaces and apps. No application runs behind an app.

A domain creates a file system and two security groups for it; deleting the domain keeps them by default.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable
from typing import Any

from local_aws.api.errors import AwsError, validation_error
from local_aws.api.paging import list_operation
from local_aws.api.service import Operation, Scope
from local_aws.api.store import Kind, Record
from local_aws.context import Context
from local_aws.files.reasons import INTERRUPTED
from local_aws.sagemaker.studio_storage import StudioStorage
from local_aws.sagemaker.workspace_kinds import APP, DOMAIN, SPACE, USER_PROFILE

log = logging.getLogger("local_aws.studio")

TRANSITION_SECONDS = 0.2
"""How long each change of state takes; minutes on AWS."""
AFTER_RESTART = {"Pending": "Failed", "Updating": "InService", "Deleting": "Delete_Failed"}
"""What becomes of a status that a server was about to leave when it ended."""
KEYS: dict[Kind, tuple[str, ...]] = {
    DOMAIN: ("DomainId",),
    USER_PROFILE: ("DomainId", "UserProfileName"),
    SPACE: ("DomainId", "SpaceName"),
    APP: ("DomainId", "UserProfileName", "SpaceName", "AppType", "AppName"),
}
"""Members that identify a resource: joined, they end its ARN."""


class Studio:
    """The operations of all four kinds."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._storage = StudioStorage(context)

    def operations(self) -> dict[str, Operation]:
        """The operations, by AWS's names."""
        lists = {
            f"List{kind.member}s": list_operation(self._context.store, kind, f"List{kind.member}s") for kind in KEYS
        }
        return {
            **lists,
            **{f"Describe{kind.member}": self._describe(kind) for kind in KEYS},
            **{f"Update{kind.member}": self._update(kind) for kind in (DOMAIN, USER_PROFILE, SPACE)},
            **{f"Delete{kind.member}": self._delete(kind) for kind in (SPACE, USER_PROFILE, APP)},
            "CreateDomain": self.create_domain,
            "DeleteDomain": self.delete_domain,
            **{f"Create{kind.member}": self._create_inside(kind) for kind in (USER_PROFILE, SPACE, APP)},
        }

    def create_domain(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        """CreateDomain: creates a file system for the users' home directories."""
        if request.get("AppNetworkAccessType") == "VpcOnly" and not request.get("SubnetIds"):
            raise validation_error("A domain with AppNetworkAccessType VpcOnly needs VpcId and SubnetIds.")
        identifier = f"d-{secrets.token_hex(6)}"
        url = f"https://{identifier}.studio.{scope.region}.sagemaker.aws"
        defaults = {"AppNetworkAccessType": "PublicInternetOnly", "TagPropagation": "DISABLED", "Url": url}
        record = self._make(scope, DOMAIN, identifier, {**defaults, **request, "DomainId": identifier})
        self._later(record, lambda: self._fill(record))
        return {"DomainArn": record.arn, "DomainId": identifier, "Url": url}

    def delete_domain(self, scope: Scope, request: dict[str, Any]) -> None:
        """DeleteDomain: the domain must be empty; its file system remains unless RetentionPolicy is Delete."""
        record = self._get(DOMAIN, scope, request)
        for kind in (APP, SPACE, USER_PROFILE):
            if self._inside(kind, scope, record.name):
                raise validation_error(
                    f"Unable to delete Domain [{record.name}] because {kind.member}(s) are associated with it."
                )
        keep = request.get("RetentionPolicy", {}).get("HomeEfsFileSystem", "Retain") == "Retain"
        record.update(Status="Deleting")
        self._later(record, lambda: self._empty(record, keep=keep))

    def recover(self) -> None:
        """See `Resources.recover`."""
        for kind in KEYS:
            for record in self._context.store.every(kind):
                if status := AFTER_RESTART.get(record.details["Status"]):
                    record.update(Status=status, FailureReason=INTERRUPTED if "Failed" in status else None)

    def _fill(self, record: Record) -> None:
        with_efs = record.details.get("HomeEfsFileSystemCreation", "Enabled") == "Enabled"
        record.update(HomeEfsFileSystemId=self._storage.create(record) if with_efs else None, Status="InService")

    def _empty(self, record: Record, *, keep: bool) -> None:
        if not keep and "HomeEfsFileSystemId" in record.details:
            self._storage.delete(record)
        self._context.store.remove(record)

    def _create_inside(self, kind: Kind) -> Operation:
        def run(scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
            domain = self._get(DOMAIN, scope, request)
            if domain.details["Status"] != "InService":
                raise validation_error(f"Domain [{domain.name}] is not InService but {domain.details['Status']}.")
            if kind is APP:
                self._check_owner(scope, request)
            record = self._make(scope, kind, _name(kind, request), _summarized(kind, request))
            self._later(record, lambda: record.update(Status="InService"))
            return {kind.arn_member: record.arn}

        return run

    def _check_owner(self, scope: Scope, request: dict[str, Any]) -> None:
        owners = [(USER_PROFILE, "UserProfileName"), (SPACE, "SpaceName")]
        owner_kinds = [kind for kind, member in owners if member in request]
        if len(owner_kinds) != 1:
            raise validation_error("An app needs either UserProfileName or SpaceName.")
        self._get(owner_kinds[0], scope, request)

    def _describe(self, kind: Kind) -> Operation:
        return lambda scope, request: _described(self._get(kind, scope, request))

    def _update(self, kind: Kind) -> Operation:
        def run(scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
            record = self._get(kind, scope, request)
            changes = {key: value for key, value in request.items() if key not in KEYS[kind]}
            if "DomainSettingsForUpdate" in changes:
                changes["DomainSettings"] = changes.pop("DomainSettingsForUpdate")
            merged = {k: {**record.details.get(k, {}), **v} if isinstance(v, dict) else v for k, v in changes.items()}
            record.update(Status="Updating", **merged)
            self._later(record, lambda: record.update(Status="InService"))
            return {kind.arn_member: record.arn}

        return run

    def _delete(self, kind: Kind) -> Operation:
        def run(scope: Scope, request: dict[str, Any]) -> None:
            record = self._get(kind, scope, request)
            apps = self._inside(APP, scope, record.details["DomainId"])
            own_apps = [app for app in apps if app.details.get(kind.name_member) == request.get(kind.name_member)]
            if kind is not APP and own_apps:
                raise AwsError("ResourceInUse", f"Unable to delete {kind.member}: it has apps. Delete them first.")
            record.update(Status="Deleting")
            self._later(record, lambda: self._context.store.remove(record))

        return run

    def _make(self, scope: Scope, kind: Kind, name: str, request: dict[str, Any]) -> Record:
        details = {**{key: value for key, value in request.items() if key != "Tags"}, "Status": "Pending"}
        return self._context.store.create(kind, scope, name, details, request.get("Tags", ()))

    def _get(self, kind: Kind, scope: Scope, request: dict[str, Any]) -> Record:
        return self._context.store.get(kind, scope, _name(kind, request))

    def _inside(self, kind: Kind, scope: Scope, domain: str) -> list[Record]:
        return [record for record in self._context.store.all(kind, scope) if record.details["DomainId"] == domain]

    def _later(self, record: Record, change: Callable[[], object]) -> None:
        def run() -> None:
            time.sleep(TRANSITION_SECONDS)
            try:
                change()
            except Exception as error:  # whatever the error, Describe must report it
                log.info("%s %s: %s", record.kind.name, record.name, error)
                record.update(Status="Failed", FailureReason=str(error))

        threading.Thread(target=run, name=f"studio {record.name}", daemon=True).start()


def _summarized(kind: Kind, request: dict[str, Any]) -> dict[str, Any]:
    """A request with what ListSpaces returns of a space's settings."""
    settings = request.get("SpaceSettings")
    if kind is not SPACE or settings is None:
        return request
    summary = {name: settings[name] for name in ("AppType", "RemoteAccess", "SpaceStorageSettings") if name in settings}
    return {**request, "SpaceSettingsSummary": summary}


def _described(record: Record) -> dict[str, Any]:
    """What Describe returns: of a running app also when SageMaker has last looked whether it is healthy.

    AWS's API reference says that a health check sets `LastUserActivityTimestamp` too. How often it checks is not
    documented; here it has just done it.
    """
    if record.kind is not APP or record.details["Status"] != "InService":
        return record.details
    checked = time.time()
    return {**record.details, "LastHealthCheckTimestamp": checked, "LastUserActivityTimestamp": checked}


def _name(kind: Kind, request: dict[str, Any]) -> str:
    return "/".join(str(request[member]) for member in KEYS[kind] if request.get(member))
