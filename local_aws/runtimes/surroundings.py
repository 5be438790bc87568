"""What a program finds around it: environment variables, /opt/ml, host names, a network or none.

Where the machine has Linux namespaces to give, a program sees its folder as /opt/ml, as in a container. Where it has
not, SAGEMAKER_BASE_DIR tells AWS's toolkits where the folder is instead, and values that begin with /opt/ml are
rewritten; only a script that has /opt/ml written into it notices.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local_aws.runtimes.base import LogSink
from local_aws.runtimes.programs import Command, SupervisedProgram

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ENDPOINT_HOST = "model.aws.local"
"""Host name in a container that serves, which has no resourceconfig.json to say it."""
NETWORK_SETTINGS = ("PIP_", "UV_", "SSL_CERT_", "REQUESTS_CA_BUNDLE", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
"""Beginnings of the server's variables that a program needs in order to reach the network from this machine."""
_OPT_ML = re.compile(r'^("?)/opt/ml(?=/|"|$)')


class Surroundings:
    """Chooses, once per server, between namespaces and the plain machine. ``None`` lets a probe decide."""

    def __init__(self, namespaces: bool | None = None) -> None:
        self._choice = namespaces
        self._obstacle = "namespaces are switched off"
        self._probing = threading.Lock()

    def namespaces(self, root: Path, scratch: Path, *, network: bool, log: LogSink) -> dict[str, Any] | None:
        """Arguments for `inside/namespaces.py`'s ``enter``, or nothing after a line in the log that says what lacks."""
        if self._available():
            return namespace_arguments(root, scratch, network)
        log(f"This machine gives no Linux namespaces ({self._obstacle}): the program's /opt/ml is {root}.")
        if not network:
            log("So the network isolation that was asked for is NOT in force here; on AWS it will be.")
        _rewrite_hyperparameters(root)
        return None

    def _available(self) -> bool:
        with self._probing:
            if self._choice is None:
                self._choice = self._probe()
            return self._choice

    def _probe(self) -> bool:
        """Try the strictest surroundings on a program that does nothing."""
        if sys.platform != "linux":
            self._obstacle = f"it runs {sys.platform}"
            return False
        output: list[str] = []
        with tempfile.TemporaryDirectory() as folder:
            arguments = namespace_arguments(Path(folder), Path(folder), network=False)
            command = Command(arguments=["true"], environment={}, folder="/opt/ml", namespaces=arguments)
            succeeded = SupervisedProgram(command, output.append).wait() == 0
        self._obstacle = " ".join(output)
        return succeeded


def namespace_arguments(root: Path, scratch: Path, network: bool) -> dict[str, Any]:
    """Arguments of `inside/namespaces.py`'s ``enter`` for the job whose configuration is under ``root``."""
    current, hosts = _hosts(root)
    hosts_file = scratch / "hosts"
    lines = ["127.0.0.1 localhost", "::1 localhost"]
    lines += [f"127.0.0.{number} {host}" for number, host in enumerate(hosts, start=1)]
    hosts_file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return {"root": str(root), "hosts_file": str(hosts_file), "host_name": current, "network": network}


def variables(
    given: Mapping[str, str], root: Path, scratch: Path, *, namespaces: bool, network: bool
) -> dict[str, str]:
    """A program's whole environment: what was ``given``, and what must be so on this machine."""
    environment = {"AWS_EC2_METADATA_DISABLED": "true", "PYTHONUNBUFFERED": "1", **given}
    if network:
        environment = {**_network_settings(), **environment}
    if not namespaces:
        environment = {name: to_plain(value, root) for name, value in environment.items()}
        # The toolkit waits 15 minutes for names such as algo-1 to resolve, unless it is told not to.
        environment |= {"SAGEMAKER_BASE_DIR": str(root), "SM_STUDIO_LOCAL_MODE": "true"}
    return environment | {
        "HOME": str(scratch / "home"),
        "PATH": f"{scratch / 'environment/bin'}:{SYSTEM_PATH}",
        "TMPDIR": str(scratch / "tmp"),
        "VIRTUAL_ENV": str(scratch / "environment"),
    }


def to_plain(value: str, root: Path) -> str:
    """Rewrite a path under /opt/ml, in JSON's quotes or not, to where it really is."""
    return _OPT_ML.sub(lambda match: f"{match[1]}{root}", value)


def _rewrite_hyperparameters(root: Path) -> None:
    path = root / "input/config/hyperparameters.json"
    if path.exists():
        values: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps({name: to_plain(value, root) for name, value in values.items()}), encoding="utf-8")


def _network_settings() -> dict[str, str]:
    found = {name: value for name, value in os.environ.items() if name.upper().startswith(NETWORK_SETTINGS)}
    if any(name.upper().endswith("_PROXY") for name in found):
        # The local AWS is never behind a proxy.
        exceptions = found.get("NO_PROXY") or found.get("no_proxy")
        found["NO_PROXY"] = found["no_proxy"] = ",".join(filter(None, [exceptions, "127.0.0.1", "localhost"]))
    return found


def _hosts(root: Path) -> tuple[str, list[str]]:
    """The name of this host, and of all hosts of the job."""
    try:
        resources = json.loads((root / "input/config/resourceconfig.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ENDPOINT_HOST, [ENDPOINT_HOST]
    return resources["current_host"], resources["hosts"]
