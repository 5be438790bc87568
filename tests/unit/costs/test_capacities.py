"""What is known of instance types."""

from __future__ import annotations

import pytest

from launchpad.config_files.instance_types import allowed_values
from launchpad.costs.capacities import ENUMS, capacities_for, capacity_of, source
from launchpad.requests.storage import LOCAL_STORAGE
from tools.capacities import facts_of


@pytest.mark.parametrize(
    ("name", "vcpus", "memory", "gpus"),
    [("ml.m5.large", 2, 8, 0), ("ml.c5.9xlarge", 36, 72, 0), ("ml.g5.12xlarge", 48, 192, 4), ("ml.t3.medium", 2, 4, 0)],
)
def test_a_type_has_what_aws_lists(name, vcpus, memory, gpus):
    capacity = capacity_of(name)
    assert (capacity.vcpus, capacity.memory_gib, capacity.gpus) == (vcpus, memory, gpus)


@pytest.mark.parametrize("use", ENUMS)
def test_a_use_has_only_types_that_sagemaker_takes_for_it(use):
    names = {capacity.name for capacity in capacities_for(use)}
    assert names <= allowed_values(ENUMS[use])
    assert "ml.m5.xlarge" in names


def test_a_type_that_ec2_does_not_describe_is_unknown():
    assert capacity_of("ml.p3.2xlarge") is None


def test_what_is_special_about_a_type_is_known():
    assert capacity_of("ml.t3.medium").burstable
    assert capacity_of("ml.inf2.xlarge").accelerated
    assert capacity_of("ml.m6g.large").architecture == "arm64"
    assert (capacity_of("ml.g5.xlarge").gpu, capacity_of("ml.g5.xlarge").family) == ("A10G", "ml.g5")


def test_local_disks_are_those_of_types_without_a_volume():
    every = [capacity for use in ENUMS for capacity in capacities_for(use)]
    assert capacity_of("ml.g5.2xlarge").local_gb == 450
    assert [each.name for each in every if bool(each.local_gb) != bool(LOCAL_STORAGE.match(each.name))] == []


def test_the_source_and_its_date_are_known():
    assert "DescribeInstanceTypes" in source()
    assert ", of 2026-" in source()


def test_the_facts_are_read_from_what_ec2_describes():
    described = {
        "VCpuInfo": {"DefaultVCpus": 4},
        "MemoryInfo": {"SizeInMiB": 16384},
        "GpuInfo": {"Gpus": [{"Count": 1, "Manufacturer": "NVIDIA", "Name": "L4"}]},
        "ProcessorInfo": {"SupportedArchitectures": ["x86_64"]},
        "BurstablePerformanceSupported": False,
    }
    assert facts_of(described) == {"vcpus": 4, "memory_gib": 16.0, "gpus": 1, "gpu": "L4"}
    with_disks = facts_of({**described, "InstanceStorageInfo": {"TotalSizeInGB": 250}})
    assert with_disks == {**facts_of(described), "local_gb": 250}
    gaudi = {**described, "GpuInfo": {"Gpus": [{"Count": 8, "Manufacturer": "Habana", "Name": "Gaudi"}]}}
    assert facts_of(gaudi) == {"vcpus": 4, "memory_gib": 16.0, "accelerated": True}
