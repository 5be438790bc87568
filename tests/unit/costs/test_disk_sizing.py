"""When a smaller volume is advised, and which disks have to hold a job's files."""

from __future__ import annotations

import pytest

from tests.unit.costs.sizing import PRICES, advice, hosts, only


def test_a_volume_that_is_hardly_used_may_be_smaller():
    prices = {**PRICES, "AmazonSageMaker/Train:VolumeUsage.gp2": 0.146}
    utilisation = hosts(CPU=[140], Memory=[40], Disk=[6])
    verdict = advice(utilisation, "ml.m5.large", prices=prices, volume_gb=500, hours=10)
    volume = verdict[-1]
    assert volume.remedy.startswith("write `instance.volume_gb: 40`")  # 30 GB are 75 % of 40
    assert volume.saving_usd == pytest.approx(460 * 0.146 * 10 / 730)


@pytest.mark.parametrize(
    ("disk", "gigabytes", "instance_type"),
    [(40, 500, "ml.m5.large"), (6, 30, "ml.m5.large"), (6, 500, "ml.g5.xlarge")],
)
def test_a_volume_stays_if_it_is_used_or_cheap_or_local(disk, gigabytes, instance_type):
    prices = {**PRICES, "AmazonSageMaker/Train:VolumeUsage.gp2": 0.146}
    gpu = {"GPU": [90], "GPUMemory": [50]} if "g5" in instance_type else {}
    utilisation = hosts(CPU=[140], Memory=[40], Disk=[disk], **gpu)
    verdict = advice(utilisation, instance_type, prices=prices, volume_gb=gigabytes, hours=1)
    assert [each.title for each in verdict] == ["No smaller instance would do"]


@pytest.mark.parametrize(
    ("disk", "volume", "advised"),
    [
        (4.9, 30, "ml.g5.xlarge"),  # 186 GB of the 3800 of ml.g5.12xlarge: 74 % of the 250 that ml.g5.xlarge has
        (5, 30, ""),
        (1, 260, ""),
    ],
)
def test_local_disks_have_to_hold_the_files_and_the_volume_asked_for(disk, volume, advised):
    utilisation = hosts(CPU=[100], Memory=[4], Disk=[disk], GPU=[60], GPUMemory=[70])
    assert only(advice(utilisation, "ml.g5.12xlarge", volume_gb=volume)).instance_type == advised


def test_a_volume_in_place_of_a_local_disk_has_to_hold_its_files():
    unused = {"CPU": [100], "Memory": [10], "GPU": [1], "GPUMemory": [2]}
    assert only(advice(hosts(**unused, Disk=[60]), "ml.g5.xlarge", volume_gb=30)).instance_type == ""
    assert only(advice(hosts(**unused, Disk=[8]), "ml.g5.xlarge", volume_gb=30)).instance_type == "ml.m5.large"


def test_the_files_of_all_hosts_have_to_fit_the_fewer_ones():
    utilisation = hosts(CPU=[30] * 4, Memory=[15] * 4, Disk=[30] * 4)
    verdict = only(advice(utilisation, "ml.m5.large", 4, volume_gb=100))
    assert verdict.count == 2  # 120 GB: 60 % of 2 x 100


def test_a_smaller_volume_is_not_advised_next_to_fewer_hosts():
    prices = {**PRICES, "AmazonSageMaker/Train:VolumeUsage.gp2": 0.146}
    utilisation = hosts(CPU=[30] * 4, Memory=[15] * 4, Disk=[6] * 4)
    verdict = only(advice(utilisation, "ml.m5.large", 4, prices=prices, volume_gb=500, hours=10))
    assert verdict.count == 1
