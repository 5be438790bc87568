"""Notebook instances: their states, network interface and lifecycle scripts. No machine runs behind them.

So nothing runs: a script is only checked, and a request for access to the instance is refused with that reason.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from local_aws.api.errors import validation_error
from local_aws.api.service import Operation, Scope
from local_aws.api.store import Record
from local_aws.files.reasons import INTERRUPTED
from local_aws.protocols import VpcNetwork
from local_aws.sagemaker.events import publish_state_change
from local_aws.sagemaker.lifecycle_scripts import fault
from local_aws.sagemaker.resources import Resources, members_of
from local_aws.sagemaker.workspace_kinds import CODE_REPOSITORY, NOTEBOOK_INSTANCE, NOTEBOOK_LIFECYCLE_CONFIG

log = logging.getLogger("local_aws.notebooks")

TRANSITION_SECONDS = 0.2
"""How long each change of state takes; minutes on AWS."""
DEFAULTS = {
    "DirectInternetAccess": "Enabled",
    "RootAccess": "Enabled",
    "VolumeSizeInGB": 5,
    "PlatformIdentifier": "notebook-al2-v2",
    "InstanceMetadataServiceConfiguration": {"MinimumInstanceMetadataServiceVersion": "1"},
}
RENAMED = {"SecurityGroupIds": "SecurityGroups", "LifecycleConfigName": "NotebookInstanceLifecycleConfigName"}
AFTER_RESTART = {"Pending": "Failed", "Updating": "Stopped", "Stopping": "Stopped", "Deleting": "Failed"}
"""What becomes of a status that a server was about to leave when it ended."""
DISSOCIATIONS = {
    "DisassociateLifecycleConfig": "NotebookInstanceLifecycleConfigName",
    "DisassociateDefaultCodeRepository": "DefaultCodeRepository",
    "DisassociateAdditionalCodeRepositories": "AdditionalCodeRepositories",
    "DisassociateAcceleratorTypes": "AcceleratorTypes",
}


class NotebookInstances(Resources):
    """The operations."""

    kind = NOTEBOOK_INSTANCE

    def operations(self) -> dict[str, Operation]:
        """The operations, by AWS's names."""
        return {**super().operations(), "StartNotebookInstance": self.start, "StopNotebookInstance": self.stop}

    def create(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        """CreateNotebookInstance: everything that it refers to must exist."""
        self._check_names(scope, request)
        if request.get("DirectInternetAccess") == "Disabled" and "SubnetId" not in request:
            raise validation_error("DirectInternetAccess can be Disabled only for a notebook instance in a SubnetId.")
        if "SubnetId" in request and not request.get("SecurityGroupIds"):
            raise validation_error("A notebook instance in a SubnetId needs SecurityGroupIds.")
        members = {RENAMED.get(key, key): value for key, value in members_of(self.kind, request).items()}
        record = self._register(scope, request, {**DEFAULTS, **members, "NotebookInstanceStatus": "Pending"})
        publish_state_change(self._context, record)
        self._later(record, lambda: self._begin(record, "OnCreate", "OnStart"))
        return {"NotebookInstanceArn": record.arn}

    def update(self, scope: Scope, request: dict[str, Any]) -> None:
        """UpdateNotebookInstance: only while the instance is stopped."""
        record = self._in(scope, request, ("Stopped", "Failed"), "Updating")
        self._check_names(scope, request)
        if request.get("VolumeSizeInGB", record.details["VolumeSizeInGB"]) < record.details["VolumeSizeInGB"]:
            raise validation_error(
                f"The volume can only grow: {request['VolumeSizeInGB']} GB is less than the current "
                f"{record.details['VolumeSizeInGB']} GB."
            )
        gone = {DISSOCIATIONS[key]: None for key in DISSOCIATIONS if request.get(key)}
        kept = {k: v for k, v in request.items() if k not in DISSOCIATIONS and k != "NotebookInstanceName"}
        changes: dict[str, Any] = {**gone, **{RENAMED.get(key, key): value for key, value in kept.items()}}
        self._become(record, "Updating", **changes)
        self._later(record, lambda: self._become(record, "Stopped"))

    def start(self, scope: Scope, request: dict[str, Any]) -> None:
        """StartNotebookInstance."""
        record = self._in(scope, request, ("Stopped", "Failed"), "Pending")
        self._become(record, "Pending", FailureReason=None)
        self._later(record, lambda: self._begin(record, "OnStart"))

    def stop(self, scope: Scope, request: dict[str, Any]) -> None:
        """StopNotebookInstance."""
        record = self._in(scope, request, ("InService",), "Stopping")
        self._become(record, "Stopping")
        self._later(record, lambda: self._become(record, "Stopped"))

    def delete(self, scope: Scope, request: dict[str, Any]) -> None:
        """DeleteNotebookInstance: only while the instance is stopped."""
        record = self._in(scope, request, ("Stopped", "Failed"), "Deleting")
        self._become(record, "Deleting")
        self._later(record, lambda: self._remove(record))

    def recover(self) -> None:
        """See `Resources.recover`."""
        for record in self._context.store.every(NOTEBOOK_INSTANCE):
            if status := AFTER_RESTART.get(record.details["NotebookInstanceStatus"]):
                reason = INTERRUPTED if status == "Failed" else None
                record.update(NotebookInstanceStatus=status, FailureReason=reason)

    # In background threads

    def _begin(self, record: Record, *hooks: str) -> None:
        if "SubnetId" in record.details and "NetworkInterfaceId" not in record.details:
            record.update(NetworkInterfaceId=self._attach(record))
        name = record.details.get("NotebookInstanceLifecycleConfigName")
        if name:
            config = self._context.store.get(NOTEBOOK_LIFECYCLE_CONFIG, record.scope, name)
            faults = [found for hook in hooks if (found := fault(config.details, hook))]
            if faults:
                raise RuntimeError(f"Notebook Instance Lifecycle Config '{config.arn}' failed: {faults[0]}")
        self._become(record, "InService")

    def _attach(self, record: Record) -> str:
        """Create a network interface in the subnet: while it exists, subnet and security groups can't be deleted."""
        ec2 = self._context.client("ec2", record.scope, None)
        subnet, groups = record.details["SubnetId"], record.details["SecurityGroups"]
        self._context.emulator.networks.check(record.scope, VpcNetwork((subnet,), tuple(groups)))
        said = f"[Do not delete] Network interface of SageMaker notebook instance {record.name}"
        made = ec2.create_network_interface(SubnetId=subnet, Groups=groups, Description=said)
        return str(made["NetworkInterface"]["NetworkInterfaceId"])

    def _remove(self, record: Record) -> None:
        if interface := record.details.get("NetworkInterfaceId"):
            ec2 = self._context.client("ec2", record.scope, None)
            ec2.delete_network_interface(NetworkInterfaceId=interface)
        self._context.store.remove(record)

    def _later(self, record: Record, change: Callable[[], object]) -> None:
        def run() -> None:
            time.sleep(TRANSITION_SECONDS)
            try:
                change()
            except Exception as error:  # whatever the error, DescribeNotebookInstance must report it
                log.info("notebook instance %s: %s", record.name, error)
                self._become(record, "Failed", FailureReason=str(error))

        threading.Thread(target=run, name=f"notebook {record.name}", daemon=True).start()

    # Helpers

    def _become(self, record: Record, status: str, **changes: Any) -> None:
        record.update(NotebookInstanceStatus=status, **changes)
        publish_state_change(self._context, record)

    def _in(self, scope: Scope, request: dict[str, Any], allowed: tuple[str, ...], wanted: str) -> Record:
        record = self._get(scope, request)
        status = record.details["NotebookInstanceStatus"]
        if status not in allowed:
            raise validation_error(
                f"Status ({status}) not in ([{', '.join(allowed)}]). "
                f"Unable to transition to ({wanted}) for Notebook Instance ({record.arn})"
            )
        return record

    def _check_names(self, scope: Scope, request: dict[str, Any]) -> None:
        if name := request.get("LifecycleConfigName"):
            self._context.store.get(NOTEBOOK_LIFECYCLE_CONFIG, scope, name)
        for name in (request.get("DefaultCodeRepository"), *request.get("AdditionalCodeRepositories", ())):
            if name and not name.startswith(("https://", "ssh://", "git@")):
                self._context.store.get(CODE_REPOSITORY, scope, name)
