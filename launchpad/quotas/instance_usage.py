"""The instances that one run of a workload requests, by type and by the quota that counts them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from launchpad.config_files.yaml_reader import Location
from launchpad.requests import Definition
from launchpad.requests.variants import instance_choices

TRAINING = "training job usage"
SPOT = "spot training job usage"
WARM_POOL = "training warm pool usage"
PROCESSING = "processing job usage"
TRANSFORM = "transform job usage"
ENDPOINT = "endpoint usage"
NOTEBOOK = "notebook instance usage"
"""The suffixes of quota names in Service Quotas, after `<instance type> for `."""

RULE_INSTANCE = "ml.t3.medium"
"""The instance type on which SageMaker Debugger evaluates a built-in rule, in a processing job next to the job."""


@dataclass(frozen=True)
class InstanceUsage:
    """Instances of one type for one use at the same time."""

    kind: str
    """The suffix of the quota's name, one of the above."""
    instance_type: str
    count: int
    key: Location
    """The key in `workload.yaml`."""
    step: str = ""
    """The step of a section that has several jobs, one after the other."""

    @property
    def job(self) -> tuple[Any, str]:
        """What tells the job from others: usages of one job are at the same time."""
        return self.key[0], self.step


def instance_usages(definition: Definition) -> Iterator[InstanceUsage]:
    """All usages of the workload's sections in one run. The sections run one after the other."""
    for section, find in _FINDERS.items():
        part = definition.get(section)
        if part:
            yield from find(section, part, definition)


def _training(section: str, part: Mapping[str, Any], definition: Definition) -> Iterator[InstanceUsage]:
    parallel = definition["tuning"]["max_parallel_jobs"] if definition.get("tuning") else 1
    kind = SPOT if part["spot"] else TRAINING
    for instance_type, count, key in _machines(part["instance"]):
        yield InstanceUsage(kind, instance_type, count * parallel, (section, "instance", *key))
        if part.get("keep_alive_minutes"):
            yield InstanceUsage(WARM_POOL, instance_type, count * parallel, (section, "keep_alive_minutes"))
    rules = [*(part.get("debugger_rules") or ()), *((part.get("profiler") or {}).get("rules") or ())]
    if rules:
        where = "debugger_rules" if part.get("debugger_rules") else "profiler"
        yield InstanceUsage(PROCESSING, RULE_INSTANCE, len(rules) * parallel, (section, where))


def _machines(instance: Mapping[str, Any]) -> Iterator[tuple[str, int, Location]]:
    if not instance.get("groups"):
        yield instance["type"], instance["count"], ("count",)
    for number, group in enumerate(instance.get("groups") or ()):
        yield group["type"], group["count"], ("groups", number, "count")


def _plain(kind: str) -> Callable[[str, Mapping[str, Any], Definition], Iterator[InstanceUsage]]:
    def find(section: str, part: Mapping[str, Any], _definition: Definition) -> Iterator[InstanceUsage]:
        instance = part["instance"]
        yield InstanceUsage(kind, instance["type"], instance["count"], (section, "instance", "count"))

    return find


def _monitoring(section: str, part: Mapping[str, Any], definition: Definition) -> Iterator[InstanceUsage]:
    """A monitoring job, and before it, where no transform job of the workload is counted, a baseline's predictions."""
    key = (section, "instance", "type")
    yield InstanceUsage(PROCESSING, part["instance"]["type"], 1, key)
    if not definition.get("transform"):
        yield InstanceUsage(TRANSFORM, part["instance"]["type"], 1, key, "predictions")


def _endpoint(section: str, part: Mapping[str, Any], _definition: Definition) -> Iterator[InstanceUsage]:
    """The most that scaling may start; of an instance pool, any type may be the one that has capacity."""
    key = ("scaling", "maximum") if part.get("scaling") else ("instance", "count")
    for name, count in most_of_endpoint(part):
        yield InstanceUsage(ENDPOINT, name, count, (section, *key))


def most_of_endpoint(serving: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Each type that one variant of an endpoint may have, and the most instances of it."""
    instance, scaling = serving.get("instance"), serving.get("scaling")
    if not instance or serving.get("mode") == "serverless":
        return []
    count = scaling["maximum"] if scaling else instance["count"]
    return [(name, count) for name in instance_choices(instance)]


_FINDERS: dict[str, Callable[[str, Mapping[str, Any], Definition], Iterator[InstanceUsage]]] = {
    "prepare": _plain(PROCESSING),
    "training": _training,
    "evaluate": _plain(PROCESSING),
    "transform": _plain(TRANSFORM),
    "serving": _endpoint,
    "monitoring": _monitoring,
}
"""How to read the usages of each section."""
