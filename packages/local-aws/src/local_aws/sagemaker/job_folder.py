"""The folder that a program sees as /opt/ml, laid out as SageMaker does it, and the files that SageMaker puts there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from local_aws.files.reasons import OPT_ML
from local_aws.files.untrusted import JobTree, remove
from local_aws.sagemaker.training_channels import mode_of
from local_aws.sagemaker.training_cluster import Cluster, Host

FOLDERS = ("code", "input/config", "input/data", "model", "output/data", "checkpoints")
MAX_REASON = 1024
"""SageMaker shows this many characters of /opt/ml/output/failure."""


class JobFolder:
    """One host's /opt/ml."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in FOLDERS:
            (root / name).mkdir(parents=True)

    @property
    def model(self) -> JobTree:
        """The folder that becomes model.tar.gz."""
        return JobTree(self.root, "model")

    @property
    def output(self) -> JobTree:
        """The folder that becomes output.tar.gz."""
        return JobTree(self.root, "output/data")

    def channel(self, name: str) -> Path:
        """The folder of a channel's files."""
        folder = self.root / "input" / "data" / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def local(self, path: str) -> JobTree:
        """The folder that a program knows as ``path`` (in /opt/ml), created if it is missing.

        Only before the program starts, because the program could replace it with a link.
        """
        tree = JobTree(self.root, path.removeprefix(OPT_ML))
        tree.folder.mkdir(parents=True, exist_ok=True)
        return tree

    def write_config(self, details: dict[str, Any], cluster: Cluster, host: Host) -> None:
        """Write the three files of input/config, from DescribeTrainingJob's response."""
        config = self.root / "input" / "config"
        for name, content in (
            ("hyperparameters", details.get("HyperParameters", {})),
            ("inputdataconfig", _channels(details)),
            ("resourceconfig", cluster.resource_config(host)),
        ):
            (config / f"{name}.json").write_text(json.dumps(content))

    def failure(self) -> str:
        """The text in /opt/ml/output/failure, as much as SageMaker shows of it."""
        start = JobTree(self.root).start_of("output/failure", 4 * MAX_REASON)  # a character has 4 bytes at most
        return start.decode(errors="replace").strip()[:MAX_REASON]

    def remove(self) -> None:
        """Delete the folder."""
        remove(self.root)


def _channels(details: dict[str, Any]) -> dict[str, dict[str, str]]:
    return {channel["ChannelName"]: _channel(details, channel) for channel in details.get("InputDataConfig", ())}


def _channel(details: dict[str, Any], channel: dict[str, Any]) -> dict[str, str]:
    source = channel["DataSource"]["S3DataSource"]
    described = {
        "TrainingInputMode": mode_of(details, channel),
        "S3DistributionType": source.get("S3DataDistributionType", "FullyReplicated"),
        "RecordWrapperType": channel.get("RecordWrapperType", "None"),
    }
    return {"ContentType": channel["ContentType"], **described} if "ContentType" in channel else described
