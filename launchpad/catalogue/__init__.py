"""All workloads, rendered for one environment: definitions, scripts, pinned endpoints, external inputs."""

from launchpad.catalogue.definitions import FILE, Catalogue, load_catalogue, load_workload, render, workload_names

__all__ = ["FILE", "Catalogue", "load_catalogue", "load_workload", "render", "workload_names"]
