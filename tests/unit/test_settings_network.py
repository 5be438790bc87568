"""Every mistake in the `network` section of a config is reported with its file, its line, its key and a remedy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from launchpad.messages.errors import InvalidFileError
from launchpad.settings import EnvironmentSettings, load_environment

EXISTING = """\
  existing:
    vpc_id: vpc-0123456789abcdef0
    subnet_ids: [subnet-01234567, subnet-89abcdef]
"""


def loaded(folder: Path, network: str) -> EnvironmentSettings:
    (folder / "dev.yaml").write_text(f"name: dev\nregion: eu-west-1\nnetwork:\n{network}")
    return load_environment("dev", folder)


@pytest.mark.parametrize(
    ("network", "complaint"),
    [
        ("  cidr: 10.20.0.0", r"dev.yaml:4: network.cidr: '10.20.0.0' must be private and between /16 and /24"),
        ("  cidr: 10.20.0.1/16", r"dev.yaml:4: network.cidr: not an IPv4 range: .*write one such as 10.20.0.0/16"),
        ("  cidr: 8.8.0.0/16", r"dev.yaml:4: network.cidr: .* must be private"),
        ("  cidr: 10.20.0.0/25", r"dev.yaml:4: network.cidr: .*between /16 and /24"),
        ("  availability_zones: 1", r"dev.yaml:4: network.availability_zones: .*greater than or equal to 2, not 1"),
        ("  availability_zones: 4", r"dev.yaml:4: network.availability_zones: .*less than or equal to 3, not 4"),
        ("  zones: [eu-west-1, eu-west-1b]", r"dev.yaml:4: network.zones.0: write a zone such as eu-west-1a"),
        ("  zones: [eu-west-1a, eu-west-1a]", r"dev.yaml:4: network.zones: eu-west-1a is listed twice"),
        ("  zones: [eu-west-1a]", r"dev.yaml:4: network.zones: .*at least 2"),
        (
            "  zones: [eu-west-1a, us-east-1b]",
            r"dev.yaml:4: network.zones: us-east-1b is not in eu-west-1; write",
        ),
        ("  zones: [eu-west-1a, eu-west-1b]\n  availability_zones: 2", r"dev.yaml:4: network.zones: write zones .*not"),
        ("  interface_endpoints: some", r"dev.yaml:4: network.interface_endpoints: .*valid boolean"),
        ("  endpoint_zones: 0", r"dev.yaml:4: network.endpoint_zones: .*greater than or equal to 1, not 0"),
        ("  endpoint_zones: 3", r"dev.yaml:4: network.endpoint_zones: the network has 2 zones: write at most that"),
        (
            "  interface_endpoints: false\n  endpoint_zones: 1",
            r"dev.yaml:5: network.endpoint_zones: has no effect with `interface_endpoints: false`: remove the line",
        ),
        ("  nat: 3", r"dev.yaml:4: network.nat: .*valid boolean"),
        ("  flow_logs: daily", r"dev.yaml:4: network.flow_logs: .*valid boolean"),
        ("  s3_prefix_list: s3", r"dev.yaml:4: network.s3_prefix_list: write an id such as pl-0a1b2c3d, not 's3'"),
        ("  s3_prefix_list: pl-6da54004\n  nat: true", r"dev.yaml:4: network.s3_prefix_list: would have no effect"),
        (f"{EXISTING}  nat: true", r"dev.yaml:7: network.nat: has no effect with `existing`: remove the line"),
        (EXISTING.replace("vpc-", "vcp-"), r"dev.yaml:5: network.existing.vpc_id: write an id such as vpc-0a1b2c3d"),
        (EXISTING.replace("subnet-89", "subnet-zz"), r"dev.yaml:6: network.existing.subnet_ids.1: write an id such as"),
        (EXISTING.replace("89abcdef", "01234567"), r"dev.yaml:6: .*subnet_ids: subnet-01234567 is listed twice"),
        (EXISTING.replace(", subnet-89abcdef", ""), r"dev.yaml:6: network.existing.subnet_ids: .*at least 2"),
        ("  existing: {vpc_id: vpc-01234567}", r"dev.yaml:4: network.existing.subnet_ids: this key is required"),
        ("  ciddr: 10.20.0.0/16", r"dev.yaml:4: network.ciddr: unknown key; did you mean 'cidr'"),
    ],
)
def test_a_mistake_is_reported_with_file_line_key_and_remedy(tmp_path, network, complaint):
    with pytest.raises(InvalidFileError) as error:
        loaded(tmp_path, f"{network}\n")
    assert re.search(complaint, str(error.value)), str(error.value)


@pytest.mark.parametrize(
    ("network", "expected"),
    [("  nat: true\n", True), ("  nat: false\n", False), (EXISTING, True)],
)
def test_a_way_out_is_a_nat_gateway_or_unknown(tmp_path, network, expected):
    assert loaded(tmp_path, network).network.may_reach_internet is expected


def test_named_zones_say_how_many_there_are(tmp_path):
    assert loaded(tmp_path, "  zones: [eu-west-1a, eu-west-1b, eu-west-1c]\n").network.zone_count == 3
