"""One host's /opt/ml in a processing job: its inputs, its outputs, and SageMaker's files about the job."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from local_aws.files.reasons import OPT_ML
from local_aws.files.untrusted import JobTree

MAX_MESSAGE = 1024
"""SageMaker shows the first KB of /opt/ml/output/message."""
CONFIG = (
    *("ProcessingJobArn", "ProcessingJobName", "AppSpecification", "Environment", "ProcessingInputs"),
    *("ProcessingOutputConfig", "ProcessingResources", "NetworkConfig", "RoleArn", "StoppingCondition"),
)
"""Members of Describe that config/processingjobconfig.json holds."""


class ProcessingFolder:
    """The folder ``root`` of host number ``index`` (from 0) of ``hosts``."""

    def __init__(self, root: Path, index: int, hosts: list[str]) -> None:
        self.root, self.index, self.hosts = root, index, hosts
        for name in ("config", "processing", "output"):
            (root / name).mkdir(parents=True)

    @property
    def host(self) -> str:
        """ "algo-1" and so on."""
        return self.hosts[self.index]

    def local(self, path: str) -> JobTree:
        """The folder that a program knows as ``path``, created if missing; call it only before the program starts."""
        tree = JobTree(self.root, path.removeprefix(OPT_ML))
        tree.folder.mkdir(parents=True, exist_ok=True)
        return tree

    def write_config(self, details: dict[str, Any]) -> None:
        """Write the two files of /opt/ml/config."""
        described = {name: details[name] for name in CONFIG if name in details}
        hosts = {"current_host": self.host, "hosts": self.hosts}
        for name, content in (("processingjobconfig", described), ("resourceconfig", hosts)):
            (self.root / "config" / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")

    def message(self) -> str | None:
        """The text in /opt/ml/output/message: the job's ExitMessage."""
        return JobTree(self.root).start_of("output/message", MAX_MESSAGE).decode(errors="replace") or None
