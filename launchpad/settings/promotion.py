"""The environments that models come from and go to: `promotes_to` of a config, seen from both sides.

An environment's policies follow from its neighbours' configs: who may read here, and what is read there. Only direct
neighbours are loaded, so that a mistake in another config doesn't stop a deploy. The graph of all configs is read
without its other keys, because a cycle may lead through any of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from launchpad.config_files.yaml_source import parse, problem_at
from launchpad.messages.errors import InvalidFileError, Problem, suggest
from launchpad.settings.environment import EnvironmentSettings, environment_names, load_environment

KEY = "promotes_to"
Graph = Mapping[str, tuple[str, ...]]
"""Each environment of a folder, with those that it promotes to."""


@dataclass(frozen=True)
class Neighbours:
    """The environments next to one on a model's way."""

    sources: tuple[EnvironmentSettings, ...] = ()
    """Those that promote to it."""
    targets: tuple[EnvironmentSettings, ...] = ()
    """Those that it promotes to."""
    downstream: tuple[EnvironmentSettings, ...] = ()
    """The targets and those after them: each checks the version that was registered here."""

    def elsewhere(self, settings: EnvironmentSettings) -> tuple[EnvironmentSettings, ...]:
        """The targets in other accounts than that of `settings`: only these need policies of resources."""
        return _of_other_accounts(settings, self.targets)

    def version_readers(self, settings: EnvironmentSettings) -> tuple[EnvironmentSettings, ...]:
        """Those downstream that are in other accounts than that of `settings`."""
        return _of_other_accounts(settings, self.downstream)


NO_NEIGHBOURS = Neighbours()


def neighbours(settings: EnvironmentSettings) -> Neighbours:
    """Load the environments that promote to `settings`, and those that it promotes to.

    Raises:
        InvalidFileError: a neighbour's config has mistakes, or `promotes_to` of this one or of a source.
    """
    folder = settings.source.parent
    graph = _graph(folder)
    sources = tuple(
        load_environment(name, folder)
        for name, targets in graph.items()
        if settings.name in targets and name != settings.name
    )
    problems = [problem for each in (settings, *sources) for problem in promotion_problems(each, graph)]
    if problems:
        raise InvalidFileError(problems)
    downstream = {name: load_environment(name, folder) for name in _after(graph, settings.name)}
    targets = tuple(downstream[name] for name in settings.promotes_to)
    return Neighbours(sources, targets, tuple(downstream.values()))


def promotion_problems(settings: EnvironmentSettings, graph: Graph | None = None) -> Iterator[Problem]:
    """What is wrong with `promotes_to`, by the other configs in its folder; each names the line of the environment."""
    folder = settings.source.parent
    graph = _graph(folder) if graph is None and settings.promotes_to else graph or {}
    for number, name in enumerate(settings.promotes_to):
        if message := _problem(settings, name, graph, folder):
            yield problem_at(settings.source, (KEY, number), message)


def _problem(settings: EnvironmentSettings, name: str, graph: Graph, folder: Path) -> str | None:
    if name == settings.name:
        return "an environment can't be promoted to itself; remove the name"
    if name not in graph:
        return f"there is no environment {name!r}; {suggest(name, sorted(graph), 'environments')}"
    if way := _way(graph, name, settings.name):
        return f"models would go in a circle ({' → '.join((settings.name, *way))}); remove one of these steps"
    target = load_environment(name, folder)
    if target.region != settings.region:
        return (
            f"{name} is in {target.region} and {settings.name} in {settings.region}: an endpoint's model and image are"
            " of its own region; write the same region in both, or remove the name"
        )
    if (target.account is None) != (settings.account is None):
        without, other = (target, settings) if target.account is None else (settings, target)
        return (
            f"{other.name} has an `account` and {without.name} has none, and policies between accounts need both: write"
            f' `account: "..."`, with the 12 digits of its own number, in {without.source.name}'
        )
    if target.direct_deploy:
        return f"{name} has `direct_deploy: true` and serves no pinned model: write `false` in {target.source.name}"
    return None


def _of_other_accounts(
    settings: EnvironmentSettings, others: tuple[EnvironmentSettings, ...]
) -> tuple[EnvironmentSettings, ...]:
    return tuple(other for other in others if other.account != settings.account)


def _after(graph: Graph, start: str) -> list[str]:
    """The environments that models of `start` may reach, each once, the nearest first. The graph has no circle."""
    names = list(graph.get(start, ()))
    for name in names:
        names += [each for each in graph.get(name, ()) if each not in names]
    return names


def _graph(folder: Path) -> Graph:
    return {name: _listed(folder / f"{name}.yaml") for name in environment_names(folder)}


def _listed(file: Path) -> tuple[str, ...]:
    """The names below `promotes_to`; none where the file can't be read, which is reported when it is loaded."""
    try:
        names = parse(file).value.get(KEY)
    except InvalidFileError:
        return ()
    return tuple(name for name in names if isinstance(name, str)) if isinstance(names, list) else ()


def _way(graph: Graph, start: str, end: str, passed: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """The steps from `start` to `end`, both included; none if there is no way."""
    if start == end:
        return (end,)
    for name in graph.get(start, ()):
        if name not in passed and (rest := _way(graph, name, end, passed | {start})):
            return (start, *rest)
    return ()
