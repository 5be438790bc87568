"""The files that SageMaker gives a training job, and the lines in which AWS's algorithms report."""

from __future__ import annotations

import json
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_aws.runtimes.inside.algorithms.errors import CustomerError

PIPE = "Pipe"


@dataclass(frozen=True)
class Job:
    """One host's /opt/ml."""

    root: Path
    hyperparameters: dict[str, str]
    channels: dict[str, dict[str, str]]
    """The descriptions in inputdataconfig.json, by name."""
    host: str

    @property
    def model(self) -> Path:
        """The folder that becomes model.tar.gz."""
        return self.root / "model"

    def files(self, channel: str) -> list[tuple[str, bytes]]:
        """Name and content of each file of a channel; in Pipe mode it is one stream."""
        data = self.root / "input" / "data"
        if self.channels[channel].get("TrainingInputMode") == PIPE:
            return [(channel, (data / f"{channel}_0").read_bytes())]
        paths = sorted(path for path in (data / channel).rglob("*") if path.is_file() and path.name[0] not in "._")
        if not paths:
            raise CustomerError(f"no file found in path {data / channel}")
        return [(path.name, path.read_bytes()) for path in paths]

    def check_channels(self, *names: str) -> None:
        """Raise `CustomerError` if ``train`` is missing, or if the algorithm lacks a channel."""
        if "train" not in self.channels:
            raise CustomerError("train channel is not specified.")
        for name in sorted(set(self.channels) - set(names)):
            raise CustomerError(f"Channel '{name}' is none of the algorithm's: {', '.join(names)}")

    def metric(self, subject: str, name: str, value: float, kind: str) -> None:
        """A line that SageMaker's own metric definitions of the algorithm match; ``kind`` is score or loss."""
        log(f"#quality_metric: host={self.host}, {subject} {name} <{kind}>={value}")

    def score(self, channel: str, name: str, value: float, kind: str) -> None:
        """The two lines about the final model on a channel."""
        log(f"#{channel}_score ({self.host}) : ('{name}', {value})")
        self.metric(channel, name, value, kind)

    def progress(self, percent: float) -> None:
        """How much of the epochs is over."""
        log(f"#progress_metric: host={self.host}, completed {percent} % of epochs")

    def throughput(self, records: int, seconds: float) -> None:
        """Records per second of an epoch."""
        log(f"#throughput_metric: host={self.host}, train throughput={records / max(seconds, 1e-9)} records/second")


def read_job() -> Job:
    """The job of this container."""
    root = Path(os.environ.get("SAGEMAKER_BASE_DIR") or "/opt/ml")
    config = {name: _json(root, name) for name in ("hyperparameters", "inputdataconfig", "resourceconfig")}
    host = str(config["resourceconfig"]["current_host"])
    return Job(root, config["hyperparameters"], config["inputdataconfig"], host)


def log(message: str, level: str = "INFO") -> None:
    """Print a line as AWS's algorithms do."""
    stamp = time.strftime("%m/%d/%Y %H:%M:%S", time.gmtime())
    print(f"[{stamp} {level} {threading.get_ident()}] {message}", flush=True)  # noqa: T201


def _json(root: Path, name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((root / "input" / "config" / f"{name}.json").read_text("utf-8"))
    return content
