"""Chooses the code that a launch runs: what is deployed, or the working copy where the environment takes one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from launchpad import paths
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.callers import origin_of
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.functions import invoke
from launchpad.platform_client.platform import Platform

if TYPE_CHECKING:
    from launchpad.catalogue.packaging import Archive
    from launchpad.workload import Workload

USED = {
    "training": ("training",),
    "tuning": ("training", "tuning"),
    "prepare": ("prepare",),
    "evaluate": ("evaluate",),
    "transform": ("transform", "serving"),
    "baseline": ("monitoring",),
    "baseline-predictions": ("monitoring", "serving"),
    "spark": ("spark",),
    "serve": ("serving", "quality_gate"),
    "pipeline": (
        "prepare",
        "spark",
        "training",
        "tuning",
        "evaluate",
        "serving",
        "quality_gate",
        "pipeline",
        "monitoring",
    ),
}
"""The sections of workload.yaml, with their scripts, that each command uses."""


@dataclass(frozen=True)
class LaunchCode:
    """The code of one launch."""

    event: Mapping[str, Any]
    """The keys of a function's event that say which code it uses."""
    older: Sequence[str] = ()
    """The sections in use that changed since the last deploy, and are not used."""

    @property
    def is_working_copy(self) -> bool:
        """Whether it is the checkout's, and not what is deployed."""
        return "working_copy" in self.event


@dataclass(frozen=True)
class Checked:
    """A workload of the checkout, rendered and compared with what is deployed."""

    workload: Workload
    definition: Mapping[str, Any]
    archives: Mapping[str, Archive]
    deployed: Mapping[str, Any]
    """The launch function's answer to `kind: definition`."""
    changed: list[str] = field(default_factory=list)
    """The sections in use that differ."""


def launch_code(
    connection: Connection, platform: Platform, workload: Workload, use: str, *, deployed: bool = False
) -> LaunchCode:
    """The code for a launch of the kind `use` (`USED`): the working copy is uploaded if it differs.

    Raises:
        LaunchpadError: the config's `workloads` leave it out, it is not deployed and the environment takes no working
            copy, or the platform's own code changed since the last deploy.
    """
    from launchpad.catalogue.chosen import may_run

    if not may_run(workload.name, connection.settings):
        raise LaunchpadError(
            f"workload {workload.name!r} may not run in {connection.name!r}: it is not among the `workloads` of"
            f" config/{connection.name}.yaml; add it there, then run `launchpad deploy --env {connection.name}`"
        )
    checked = _check(connection, platform, workload, use)
    if checked.changed and checked.deployed.get("working_copies") and not deployed:
        return LaunchCode(_send(connection, platform, checked))
    if deployed and not checked.deployed["fingerprints"]:
        raise LaunchpadError(f"workload {workload.name!r} is not deployed; leave out --deployed, or deploy first")
    return LaunchCode(_with_origin(connection, checked, known=not checked.changed), checked.changed)


def changed_sections(definition: Mapping[str, Any], deployed: Mapping[str, str], use: str) -> list[str]:
    """The sections that `use` needs and that differ from the `deployed` fingerprints, in settings or scripts."""
    from launchpad.requests.fingerprint import fingerprints

    current = fingerprints(definition)
    return [section for section in USED[use] if deployed.get(section) != current[section]]


def _check(connection: Connection, platform: Platform, workload: Workload, use: str) -> Checked:
    from launchpad.catalogue import render

    deployed = invoke(connection, platform.launch_function, {"workload": workload.name, "kind": "definition"})
    definition, archives = render(workload, connection.settings, paths.WORKLOADS / workload.name)
    changed = changed_sections(definition, deployed["fingerprints"], use)
    return Checked(workload, definition, archives, deployed, changed)


def _send(connection: Connection, platform: Platform, checked: Checked) -> dict[str, Any]:
    from launchpad.catalogue.working_copies import renderer, working_copy
    from launchpad.platform_client.working_copies import upload

    if checked.deployed["renderer"] != renderer():
        raise LaunchpadError(
            f"workloads/{checked.workload.name}/ changed since the last deploy, and so did the platform's code that"
            " packages it (launchpad/workload, launchpad/catalogue): run"
            f" `launchpad deploy --env {connection.name}` first, or use what is deployed (--deployed)"
        )
    copy = working_copy(checked.definition, checked.archives)
    upload(connection.client("s3"), platform.data_bucket, copy)
    return {"working_copy": copy.key, **_with_origin(connection, checked, known=True)}


def _with_origin(connection: Connection, checked: Checked, *, known: bool) -> dict[str, Any]:
    """The origin, where the deployed functions take one; without a commit if something else than the checkout runs."""
    if "working_copies" not in checked.deployed:
        return {}
    origin = origin_of(connection, *_folders(checked.workload))
    return {"origin": origin if known else {**origin, "commit": "", "dirty": False}}


def _folders(workload: Workload) -> list[Any]:
    """The workload's folder, and those of other workloads that it takes scripts from."""
    from launchpad.catalogue.definitions import SCRIPTED

    folder = paths.WORKLOADS / workload.name
    parts = [part for section in SCRIPTED if (part := getattr(workload, section)) and part.entry_point]
    shared = {name for part in parts for name in (part.source_dir, *part.libraries) if name.startswith("../")}
    return [folder, *(folder / name for name in sorted(shared))]
