"""The checkouts that the benchmark of the synth compares have the workloads that it says."""

from __future__ import annotations

from benchmarks.synth import checkout_with
from launchpad.catalogue import load_catalogue
from launchpad.settings import environment_names, load_environment


def test_every_environment_runs_all_workloads_of_a_checkout(tmp_path):
    root = checkout_with(2, tmp_path)
    for name in environment_names(root / "config"):
        catalogue = load_catalogue(load_environment(name, root / "config"), root / "workloads")
        assert sorted(catalogue.workloads) == ["workload-0", "workload-1"]
