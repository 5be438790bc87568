"""The folder that a program sees as /opt/ml, laid out as SageMaker lays it out, and what SageMaker puts into it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

FOLDERS = ("code", "input/config", "input/data", "model", "output/data", "checkpoints")
HOST = "algo-1"
GROUP = "homogeneousCluster"
MAX_REASON = 1024
"""SageMaker shows this much of /opt/ml/output/failure."""


class JobFolder:
    """One host's /opt/ml."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in FOLDERS:
            (root / name).mkdir(parents=True)

    @property
    def model(self) -> Path:
        """What becomes model.tar.gz."""
        return self.root / "model"

    @property
    def output(self) -> Path:
        """What becomes output.tar.gz."""
        return self.root / "output" / "data"

    def channel(self, name: str) -> Path:
        """Where a channel's files go."""
        folder = self.root / "input" / "data" / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def write_config(self, details: dict[str, Any]) -> None:
        """The three files of input/config, from what DescribeTrainingJob answers."""
        config = self.root / "input" / "config"
        for name, content in (
            ("hyperparameters", details.get("HyperParameters", {})),
            ("inputdataconfig", _channels(details)),
            ("resourceconfig", _resources(details["ResourceConfig"])),
        ):
            (config / f"{name}.json").write_text(json.dumps(content))

    def failure(self) -> str:
        """What the program left in /opt/ml/output/failure, as much as SageMaker shows of it."""
        try:
            return (self.root / "output" / "failure").read_text(errors="replace").strip()[:MAX_REASON]
        except OSError:
            return ""

    def remove(self) -> None:
        """Delete it all."""
        shutil.rmtree(self.root, ignore_errors=True)


def _channels(details: dict[str, Any]) -> dict[str, dict[str, str]]:
    return {channel["ChannelName"]: _channel(channel) for channel in details.get("InputDataConfig", ())}


def _channel(channel: dict[str, Any]) -> dict[str, str]:
    source = channel["DataSource"]["S3DataSource"]
    described = {
        "TrainingInputMode": "File",
        "S3DistributionType": source.get("S3DataDistributionType", "FullyReplicated"),
        "RecordWrapperType": channel.get("RecordWrapperType", "None"),
    }
    return {"ContentType": channel["ContentType"], **described} if "ContentType" in channel else described


def _resources(resources: dict[str, Any]) -> dict[str, Any]:
    instance = resources["InstanceType"]
    return {
        "current_host": HOST,
        "current_instance_type": instance,
        "current_group_name": GROUP,
        "hosts": [HOST],
        "instance_groups": [{"instance_group_name": GROUP, "instance_type": instance, "hosts": [HOST]}],
        "network_interface_name": "eth0",
    }
