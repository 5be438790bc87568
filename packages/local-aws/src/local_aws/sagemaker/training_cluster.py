"""The instances of a training job: their names, groups and types, and each one's resourceconfig.json."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

HOMOGENEOUS = "homogeneousCluster"
"""SageMaker's name for the only group of a job that names no groups."""
NETWORK_INTERFACE = "eth0"


@dataclass(frozen=True, slots=True)
class Host:
    """One instance."""

    name: str
    """ "algo-1" and so on, numbered across all groups."""
    group: str
    instance_type: str


@dataclass(frozen=True, slots=True)
class Cluster:
    """All instances of a job, in the order of their names."""

    hosts: tuple[Host, ...]

    @classmethod
    def of(cls, resources: dict[str, Any]) -> Cluster:
        """The cluster of a request's ResourceConfig."""
        groups = resources.get("InstanceGroups") or [{**resources, "InstanceGroupName": HOMOGENEOUS}]
        kinds = [
            (group["InstanceGroupName"], group["InstanceType"])
            for group in groups
            for _ in range(group.get("InstanceCount", 1))
        ]
        return cls(tuple(Host(f"algo-{number}", *kind) for number, kind in enumerate(kinds, start=1)))

    def in_groups(self, names: Iterable[str] | None) -> tuple[Host, ...]:
        """The hosts of the named groups (InstanceGroupNames of a channel), or all hosts."""
        selected = set(names or ())
        return tuple(host for host in self.hosts if not selected or host.group in selected)

    def resource_config(self, host: Host) -> dict[str, Any]:
        """The content of a host's /opt/ml/input/config/resourceconfig.json, as in SageMaker."""
        groups = {member.group: member.instance_type for member in self.hosts}
        return {
            "current_host": host.name,
            "current_instance_type": host.instance_type,
            "current_group_name": host.group,
            "hosts": [member.name for member in self.hosts],
            "instance_groups": [
                {
                    "instance_group_name": group,
                    "instance_type": instance_type,
                    "hosts": [member.name for member in self.hosts if member.group == group],
                }
                for group, instance_type in groups.items()
            ],
            "network_interface_name": NETWORK_INTERFACE,
        }
