"""What one run of the local AWS was told: where it listens, who it plays, where its files are."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"


def cores() -> int:
    """How many processors this process may use; at least 1."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One run. Paths are absolute; `state` exists and is readable by this user only."""

    port: int
    region: str
    account: str
    cache: Path
    state: Path
    keep_state: bool
    runtime: str
    parallel_jobs: int
    stop_grace_seconds: float
    verbose: bool = False
    images: tuple[Path, ...] = ()
    """Folders with images of one's own, for the runtime `process`."""
    iam: bool = False
    """Whether IAM is enforced."""
    interrupt_spot_seconds: float | None = None
    """Seconds of training after which every managed spot job is interrupted once; None leaves them alone."""

    @property
    def endpoint_url(self) -> str:
        """The one address of every service."""
        return f"http://{HOST}:{self.port}"

    @property
    def log(self) -> Path:
        """The server's own log."""
        return self.state / "local-aws.log"

    @property
    def iam_calls(self) -> Path:
        """Where IAM's decisions are written down, a line of JSON each."""
        return self.state / "iam-calls.jsonl"

    @property
    def jobs(self) -> Path:
        """One folder per running job or model server: what its program sees as /opt/ml."""
        return self.state / "jobs"

    def client_environment(self) -> dict[str, str]:
        """The variables with which any AWS client uses this server."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": self.account,
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
        }
