"""Synthesizes every environment and the samples once, in one process."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from launchpad import paths
from launchpad.catalogue import workload_names
from launchpad.settings import EnvironmentSettings, environment_names, load_environment, load_settings
from security.nag import SHARED
from stacks.platform import Platform

Resource = dict[str, Any]
SAMPLES = paths.CONFIG / "samples"
"""Configs that are not environments; together they enable every feature."""
ACCOUNTS = SAMPLES / "accounts"
"""Samples that promote to each other, so that their names are their files'."""

REPORT = "validation-report.json"


@dataclass(frozen=True, order=True)
class Finding:
    """A scanner's finding."""

    environment: str
    resource: str
    """The construct path below the environment's stage."""
    rule: str


@dataclass(frozen=True)
class Stack:
    """One synthesized template, and the construct paths of its resources."""

    environment: EnvironmentSettings
    part: str
    file: Path

    @cached_property
    def template(self) -> dict[str, Any]:
        """The template."""
        parsed: dict[str, Any] = json.loads(self.file.read_text("utf-8"))
        return parsed

    @property
    def of_a_sample(self) -> bool:
        """Whether the settings are a sample's, not those of a deployed environment."""
        return SAMPLES in self.environment.source.parents

    @property
    def resources(self) -> Iterator[tuple[str, Resource]]:
        """Each resource with its construct path below the stage, sorted by path."""
        resources = self.template.get("Resources", {})
        return iter(sorted((self.path_of(name), resource) for name, resource in resources.items()))

    def path_of(self, logical_id: str) -> str:
        """The construct path of a resource."""
        return self._paths[logical_id]

    @cached_property
    def _paths(self) -> dict[str, str]:
        metadata = json.loads(
            self.file.with_name(self.file.name.replace(".template.", ".metadata.")).read_text("utf-8")
        )
        return {
            entry["data"]: path.split("/", 2)[2]
            for path, entries in metadata.items()
            for entry in entries
            if entry["type"] == "aws:cdk:logicalId"
        }


@dataclass(frozen=True)
class Assembly:
    """The output of one synth."""

    folder: Path
    environments: Mapping[str, EnvironmentSettings]

    @cached_property
    def stacks(self) -> list[Stack]:
        """Every stack of every environment."""
        return [stack for name in sorted(self.environments) for stack in self._stacks_of(name)]

    def _stacks_of(self, name: str) -> Iterator[Stack]:
        folder = self.folder / f"assembly-{name}"
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        for artifact in manifest["artifacts"].values():
            if artifact["type"] == "aws:cloudformation:stack":
                part = artifact["displayName"].split("/")[1].split(" ")[0]
                yield Stack(self.environments[name], part, folder / artifact["properties"]["templateFile"])

    @cached_property
    def nag_findings(self) -> list[Finding]:
        """cdk-nag's unacknowledged errors and warnings; rules that packs share are without the pack's name."""
        report = json.loads((self.folder / REPORT).read_text("utf-8"))
        findings = {
            Finding(environment, path, _short(violation["ruleName"]))
            for plugin in report["pluginReports"]
            for violation in plugin["violations"]
            for construct in violation["violatingConstructs"]
            for environment, _, path in [construct["constructPath"].partition("/")]
        }
        return sorted(findings)


def with_every_workload(settings: EnvironmentSettings) -> EnvironmentSettings:
    """The same environment with all workloads, the platform's samples too, so that what each needs is examined."""
    return settings.model_copy(update={"workloads": tuple(workload_names())})


def all_settings() -> list[EnvironmentSettings]:
    """The environments, the sample configs with every workload, and two environments in two accounts.

    Samples have an environment's name, so they are renamed to their files' names.
    """
    samples = [
        with_every_workload(load_settings(file)).model_copy(update={"name": file.stem})
        for file in sorted(SAMPLES.glob("*.yaml"))
    ]
    accounts = [load_environment(name, ACCOUNTS) for name in environment_names(ACCOUNTS)]
    return [*(load_environment(name) for name in environment_names()), *samples, *accounts]


def synthesize(
    folder: Path, *, look: Callable[..., None] | None = None, settings: list[EnvironmentSettings] | None = None
) -> Assembly:
    """Synthesize into `folder`; `look`, such as cdk-nag's, is called with the app and its platforms before."""
    flags = json.loads((paths.ROOT / "cdk.json").read_text("utf-8"))["context"]
    app = cdk.App(context=flags, outdir=str(folder))
    chosen = settings or all_settings()
    platforms = [(Platform(app, environment), environment) for environment in chosen]
    if look:
        look(app, platforms)
    try:
        app.synth()
    except RuntimeError:  # cdk-nag's errors are also in its report
        if not (folder / REPORT).is_file():
            raise
    return Assembly(folder, {environment.name: environment for environment in chosen})


def _short(rule: str) -> str:
    return next((rule.removeprefix(f"{pack}-") for pack in SHARED if rule.startswith(f"{pack}-")), rule)
