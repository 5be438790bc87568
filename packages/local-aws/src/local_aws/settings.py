"""The settings of one run of the local AWS: address, account, folders, options."""

from __future__ import annotations

import errno
import os
import secrets
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

HOST = "127.0.0.1"
SDK_CONFIG = "SAGEMAKER_USER_CONFIG_OVERRIDE"
MLFLOW_ENDPOINT = "SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT"
"""The variable from which the `sagemaker-mlflow` plugin reads the address of SageMaker's MLflow."""
NO_CAPACITY = "LOCAL_AWS_NO_CAPACITY"
"""The variable of the server with the instance types that have no capacity."""
SECRET_LENGTH = 40
"""Characters, as in AWS's secrets."""


def cores() -> int:
    """How many processors this process may use; at least 1."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def types_without_capacity(environment: Mapping[str, str]) -> frozenset[str]:
    """The instance types in the variable. Raises `ValueError`, with the remedy, if a name is none."""
    names = [name.strip() for name in environment.get(NO_CAPACITY, "").split(",") if name.strip()]
    for name in names:
        if not name.startswith("ml."):
            raise ValueError(
                f"{NO_CAPACITY}: {name} is no instance type: write types such as ml.g5.xlarge,ml.g6.xlarge."
            )
    return frozenset(names)


def secret_of(state: Path) -> str:
    """The secret access key of a state folder: random, created once, readable by this user only.

    It proves that a request comes from this user, or from a program that has it from this user. On a full disk it works
    but is not stored. Raises `OSError` if it can't be stored for any other reason.
    """
    path = state / "secret"
    with suppress(FileNotFoundError), path.open(encoding="utf-8") as file:
        status, secret = os.fstat(file.fileno()), file.read(SECRET_LENGTH + 1).strip()
        if status.st_uid == os.geteuid() and not status.st_mode & 0o077 and len(secret) == SECRET_LENGTH:
            return secret
    secret = secrets.token_hex(SECRET_LENGTH // 2)
    _keep(path, f"{secret}\n")
    return secret


def _keep(path: Path, content: str) -> None:
    """Write to a temporary name, then rename, so that the file is never half-written."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=".secret-")  # of mode 0600
    try:
        with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 (a descriptor has no path)
            file.write(content)
        Path(draft).replace(path)
    except OSError as error:
        Path(draft).unlink()
        if error.errno != errno.ENOSPC:
            raise


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One run. Paths are absolute; `state` exists and is readable by this user only."""

    port: int
    region: str
    account: str
    cache: Path
    state: Path
    secret: str = field(repr=False)
    """The secret that signs requests for any account (see `secret_of`)."""
    keep_state: bool
    runtime: str
    parallel_jobs: int
    stop_grace_seconds: float
    verbose: bool = False
    images: tuple[Path, ...] = ()
    """Folders with the user's images, for the runtime `process`."""
    iam: bool = False
    """Whether IAM is enforced."""
    interrupt_spot_seconds: float | None = None
    """Seconds of training after which every managed spot job is interrupted once; None leaves them alone."""

    clock_speed: float = 1.0
    """How many times as fast as on AWS its waiting times pass (see `clock`)."""

    no_capacity: frozenset[str] = frozenset()
    """Instance types of endpoints that have no capacity (see `sagemaker.hosting.capacity`)."""

    instance_limits: bool = False
    """Whether jobs are held within their instance type's memory and processors."""

    @property
    def endpoint_url(self) -> str:
        """The address of all services."""
        return f"http://{HOST}:{self.port}"

    @property
    def log(self) -> Path:
        """The server's log file."""
        return self.state / "local-aws.log"

    @property
    def iam_calls(self) -> Path:
        """The file with IAM's decisions, a line of JSON each."""
        return self.state / "iam-calls.jsonl"

    @property
    def jobs(self) -> Path:
        """One folder per running job or model server, which its program sees as /opt/ml."""
        return self.state / "jobs"

    @property
    def sdk_config(self) -> Path:
        """The SageMaker Python SDK's config file, which names the account's default bucket."""
        return self.state / "sagemaker-sdk.yaml"

    def shell_environment(self) -> dict[str, str]:
        """The variables for a shell: those of any client, and the SDK's config file where there was room for it."""
        config = {SDK_CONFIG: str(self.sdk_config)} if self.sdk_config.exists() else {}
        return {**config, **self.client_environment()}

    def client_environment(self) -> dict[str, str]:
        """The variables with which any AWS client uses this server."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": self.account,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            MLFLOW_ENDPOINT: self.endpoint_url,
        }
