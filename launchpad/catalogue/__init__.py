"""All workloads, rendered for one environment: definitions, scripts, pinned endpoints, external inputs."""

from launchpad.catalogue.definitions import (
    Catalogue,
    broken_workloads,
    chosen_workloads,
    load_catalogue,
    load_workload,
    render,
    workload_names,
)
from launchpad.catalogue.together import FILE

__all__ = [
    "FILE",
    "Catalogue",
    "broken_workloads",
    "chosen_workloads",
    "load_catalogue",
    "load_workload",
    "render",
    "workload_names",
]
