"""Matches an environment's pinned endpoints with the workloads: which model each serves, and on which instances.

A pin that no workload fits is reported with the config's file and line, because it must be fixed there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from launchpad import paths
from launchpad.catalogue import load_workload, render, workload_names
from launchpad.catalogue.chosen import may_run
from launchpad.catalogue.pinned_serving import excluded, pinned_serving, places
from launchpad.catalogue.promoted_models import wrong_promotions
from launchpad.config_files.yaml_reader import Location
from launchpad.config_files.yaml_source import problem_at
from launchpad.messages.errors import InvalidFileError, Problem, suggest
from launchpad.requests import Definition
from launchpad.requests.names import endpoint_name
from launchpad.requests.shared_endpoints import as_served
from launchpad.settings import EnvironmentSettings, PinnedEndpoint
from launchpad.workload import Serving

_JOB_OUTPUT = re.compile(r"/jobs/[^/]+/output/model\.tar\.gz$")
"""The artifact as SageMaker writes it. The deploy function adds the scripts in a copy (`lambda/model_bundle.py`)."""
_ARTIFACT = re.compile(r"s3://[^/]+/([^/]+)/(?:models/[^/]+/[0-9a-f]{16}|jobs/[^/]+/output)/model\.tar\.gz")
"""An artifact as the deploy function or a training job of this platform writes it, below the workload's name."""


@dataclass(frozen=True)
class Pin:
    """One pinned endpoint, and its workload rendered with the pin's instances."""

    endpoint: PinnedEndpoint
    definition: Definition
    before: tuple[Definition, ...] = ()
    """The definition of each workload that works on a request first."""

    def preprocessors(self, model_bucket: str) -> list[tuple[Definition, str]]:
        """The definition and the artifact of each of them."""
        artifacts = self.endpoint.preprocessors_from(model_bucket)
        return [(definition, artifacts[definition["name"]]) for definition in self.before]

    @property
    def release(self) -> Mapping[str, Any] | None:
        """How an update shifts traffic; None where it does so at once and unwatched."""
        if self.endpoint.variants is not None or self.definition["serving"]["mode"] == "serverless":
            return None
        return self.definition["serving"]["release"] or self.endpoint.brief_release

    @property
    def fleets(self) -> int:
        """How many variants have separate instances, the shadow included."""
        return 1 + len(self.endpoint.variants or ()) + (self.endpoint.shadow is not None)


def load_pins(
    settings: EnvironmentSettings, folder: Path = paths.WORKLOADS, containers: Path = paths.CONTAINERS
) -> list[Pin]:
    """Every pinned endpoint, in the config's order.

    Raises:
        InvalidFileError: lists the problems of all pins: an unknown workload, one without a `serving` section, or
            instances that its image does not run on.
    """
    pins: dict[int, Pin] = {}
    problems: list[Problem] = []
    for number, endpoint in enumerate(settings.endpoints):
        try:
            pins[number] = _pin(settings, ("endpoints", number), endpoint, folder, containers)
        except InvalidFileError as error:
            problems += error.problems
    if problems := [*problems, *_pinned_twice(settings, pins)]:
        raise InvalidFileError(problems)
    return list(pins.values())


def _pinned_twice(settings: EnvironmentSettings, pins: Mapping[int, Pin]) -> Iterator[Problem]:
    """Each pin after the first one of a shared endpoint, whose folder has the models of all its workloads."""
    first: dict[str, str] = {}
    for number, pin in pins.items():
        workload, shared = pin.definition["name"], as_served(pin.definition)["name"]
        if (other := first.setdefault(shared, workload)) != workload:
            message = f"{other!r} pins {shared!r} already, which serves the models of both: remove this pin"
            yield problem_at(settings.source, ("endpoints", number, "workload"), message)


def with_pinned(definitions: Mapping[str, Definition], pins: Iterable[Pin]) -> dict[str, Definition]:
    """The definitions, and the `serving` section alone of each workload that is only pinned: what the roles and the
    network of an environment serve, whichever workloads its config names."""
    pinned = [each for pin in pins for each in (pin.definition, *pin.before)]
    only_served = {
        each["name"]: {**dict.fromkeys(each), "name": each["name"], "serving": each["serving"]} for each in pinned
    }
    return {**only_served, **definitions}


def _pin(
    settings: EnvironmentSettings, location: Location, endpoint: PinnedEndpoint, folder: Path, containers: Path
) -> Pin:
    def refuse(key: Location, message: str) -> InvalidFileError:
        return InvalidFileError([problem_at(settings.source, (*location, *key), message)])

    name = endpoint.workload
    if name not in (names := workload_names(folder)):
        raise refuse(("workload",), f"there is no workload {name!r}; {suggest(name, names, 'workloads')}")
    workload = load_workload(name, folder)
    if workload.serving is None:
        raise refuse(("workload",), f"{name!r} has no `serving` section, which says how it is served: write one")
    if workload.monitoring and not may_run(name, settings, folder):
        message = f"{name!r} has a `monitoring` section, whose jobs run only for the config's `workloads`: add it there"
        raise refuse(("workload",), message)
    for wrong, message in _wrong_models(endpoint, settings.name, has_scripts=workload.serving.entry_point is not None):
        raise refuse(wrong, message)
    for wrong, message in wrong_promotions(endpoint, settings):
        raise refuse(wrong, message)
    serving = _serving(workload.serving, endpoint, settings, refuse)
    try:
        definition, _ = render(workload.model_copy(update={"serving": serving}), settings, folder / name, containers)
    except InvalidFileError as error:
        if endpoint.instance is None:
            raise
        raise refuse(("instance", "type"), error.problems[0].message) from None
    before = [
        render(load_workload(other, folder), settings, folder / other, containers)[0] for other in serving.preprocessors
    ]
    return Pin(endpoint, definition, tuple(before))


def _serving(
    serving: Serving,
    endpoint: PinnedEndpoint,
    settings: EnvironmentSettings,
    refuse: Callable[[Location, str], InvalidFileError],
) -> Serving:
    """The section as the pin has it, with all that is wrong with it reported at once."""
    try:
        pinned = pinned_serving(serving, endpoint)
    except ValidationError as error:
        mistakes = list(places(error, endpoint))
    else:
        mistakes = list(excluded(pinned, endpoint, settings))
    if mistakes:
        raise InvalidFileError([problem for mistake in mistakes for problem in refuse(*mistake).problems])
    return pinned


def _wrong_models(endpoint: PinnedEndpoint, environment: str, *, has_scripts: bool) -> Iterator[tuple[Location, str]]:
    """The key and the message of each model that can't be served here, by the names that the platform gives."""
    models: list[tuple[Location, str | None, str | None]] = [((), endpoint.model_data, endpoint.model_package)]
    for number, variant in enumerate(endpoint.variants or ()):
        models.append((("variants", number), variant.model_data, variant.model_package))
    if shadow := endpoint.shadow:
        models.append((("shadow",), shadow.model_data, shadow.model_package))
    for below, data, package in models:
        for key, message in _wrong_model(endpoint.workload, data or "", package, environment, has_scripts=has_scripts):
            yield (*below, key), message


def _wrong_model(
    name: str, data: str, package: str | None, environment: str, *, has_scripts: bool
) -> Iterator[tuple[str, str]]:
    artifact = _ARTIFACT.fullmatch(data)
    if artifact and artifact[1] != name:
        yield "model_data", f"is a model of {artifact[1]!r}; write one of {name!r}, or correct workload"
    elif has_scripts and _JOB_OUTPUT.search(data):
        message = (
            f"is a training job's output, without the scripts that serve it; write the artifact below {name}/models/"
        )
        yield "model_data", f"{message}, which holds both"
    if package:
        yield from _wrong_package(package, name, environment)


def _wrong_package(arn: str, workload: str, environment: str) -> Iterator[tuple[str, str]]:
    """What is wrong with a version of a group that `package_group_request` did not name for this environment.

    SageMaker reads a package's artifact with the model's role, which may read its own environment's artifacts. The
    artifact is not in the ARN, so no policy could be written for another one.
    """
    group, own = arn.rpartition("model-package/")[2].partition("/")[0], endpoint_name(environment, workload)
    if group == own:
        return
    message = f"is a version of group {group!r}"
    if group.partition("-")[2] == workload:
        message += ", whose artifact this environment's role may not read; `launchpad promote` pins a copy of it, or"
        yield "model_package", f"{message} write a version of group {own!r}"
    else:
        yield "model_package", f"{message}; write one of group {own!r}"
