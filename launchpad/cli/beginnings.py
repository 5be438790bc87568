"""What a training job begins with: the checkpoints of a job that ended early, or the model of a completed one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from launchpad.checks.overrides import check_overrides
from launchpad.cli.terminal import note
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.platform import Platform
from launchpad.platform_client.records import record_of

if TYPE_CHECKING:
    from launchpad.workload import Workload

MODEL_KEY = "initial_model.training_job"


def check_beginning(workload: Workload, overrides: Mapping[str, Any], resumed: str | None, earlier: str | None) -> None:
    """Refuse what needs no AWS to be seen as wrong.

    Raises:
        LaunchpadError: two beginnings at once, or one that the workload can't have.
    """
    if resumed and earlier:
        raise LaunchpadError("--resume goes on from checkpoints and --from begins with a model: write one of them")
    if earlier and MODEL_KEY in overrides:
        raise LaunchpadError(f"--from and --set {MODEL_KEY} both name the earlier job: write one of them")
    if earlier:
        check_overrides(workload, "training", {**overrides, MODEL_KEY: earlier})
    training = workload.training
    if resumed and training and not (training.checkpoints or training.spot):
        raise LaunchpadError(
            f"--resume {resumed}: the workload keeps no checkpoints; write `training.checkpoints: true` in"
            f" workloads/{workload.name}/workload.yaml, and have the script read and write /opt/ml/checkpoints"
        )


def resumed_event(
    connection: Connection, platform: Platform, workload: Workload, overrides: Mapping[str, Any], job: str
) -> tuple[dict[str, Any], dict[str, str]]:
    """The overrides, and the event's other keys, for a job that goes on from the checkpoints of `job`.

    It has that job's settings, which its record has, but for the new `overrides`.

    Raises:
        LaunchpadError: the workload doesn't take that job's settings any more.
    """
    record = record_of(connection, platform, workload.name, job)
    if record is None:  # launched before records existed, or nothing to resume: then the launch function refuses
        return dict(overrides), {"resumed_from": job}
    merged = {**record["overrides"], **overrides}
    check_overrides(workload, "training", merged)
    _note_changes(connection, workload, record)
    named = MODEL_KEY in merged or record["definition"]["training"]["initial_model"]
    model = {} if named or not record["from_job"] else {"training_job_name": record["from_job"]}
    return merged, {"resumed_from": job, **model}


def _note_changes(connection: Connection, workload: Workload, record: Mapping[str, Any]) -> None:
    """Say that a job goes on with another script or other settings: intended after a fix, and worth knowing."""
    from launchpad import paths
    from launchpad.catalogue import render
    from launchpad.requests.fingerprint import fingerprints

    definition, _ = render(workload, connection.settings, paths.WORKLOADS / workload.name)
    earlier, current = fingerprints(record["definition"]), fingerprints(definition)
    if earlier.get("training") != current["training"]:
        note(f"training in workloads/{workload.name}/ changed since {record['job']}, which it goes on from")
