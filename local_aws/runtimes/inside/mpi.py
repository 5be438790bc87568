"""MPI as AWS's toolkit offers it: the first host's mpirun starts the script on all hosts.

The toolkit's own runner starts an SSH server and writes to /etc/environment, which here are the machine's. So mpirun
reaches the other hosts by `mpi_agent.py` in place of ssh, and they wait for its orders.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from sagemaker_training import environment, errors, params, process

from local_aws.runtimes.inside import interfaces, mpi_agent

LAST_ORDER_SECONDS = 5


class MpiRunner(process.ProcessRunner):  # type: ignore[misc]
    """Runs the script by the machine's own mpirun, or that of the script's requirements."""

    def __init__(self, settings: Any) -> None:
        asked = settings.additional_framework_parameters
        count = int(asked.get(params.MPI_PROCESSES_PER_HOST) or 1)
        super().__init__(settings.user_entry_point, settings.to_cmd_args(), settings.to_env_vars(), count)
        self._options = shlex.split(asked.get(params.MPI_CUSTOM_OPTIONS) or "")
        self._host = settings.current_host
        self._first, *self._others = sorted(settings.hosts)

    def run(self, wait: bool = True, capture_error: bool = False) -> Any:
        """Run the script from the first host; on any other, what the first one's mpirun asks for until it has ended."""
        # Open MPI's daemons talk over no loopback: the job's network has this one too, where the machine can make it.
        if self._others and interfaces.NAME not in [name for _, name in socket.if_nameindex()]:
            raise errors.ClientError(
                "MPI over several instances needs Linux namespaces and /dev/net/tun, which this machine does not give: "
                "set InstanceCount to 1, or use torchrun."
            )
        if self._host != self._first:
            return self._obey()
        try:
            return super().run(wait, capture_error)
        finally:
            for host in self._others:
                with contextlib.suppress(OSError):  # one that has failed listens no more
                    mpi_agent.order(host, {}, LAST_ORDER_SECONDS)

    def _python_command(self) -> list[str]:
        if shutil.which("mpirun") is None:
            raise errors.ClientError(
                "MPI needs mpirun, which this machine has not: install openmpi-bin, or add openmpi to the script's "
                "requirements.txt, or use torchrun."
            )
        ranks = str(self._processes_per_host * (1 + len(self._others)))
        command = ["mpirun", "--allow-run-as-root", "--oversubscribe", "-np", ranks, *self._placement()]
        # By its name, for the environment of another host is elsewhere.
        # mpi4py's own program, which AWS's toolkit takes too, ends all processes when one of them raises.
        module = ["-m", "mpi4py"] if importlib.util.find_spec("mpi4py") else []
        return [*command, *self._options, Path(process.python_executable()).name, *module]

    def _placement(self) -> list[str]:
        """Where the processes run: as many on each host."""
        if not self._others:
            return []
        count = self._processes_per_host
        hosts = [self._first, *(mpi_agent.PREFIX + host for host in self._others)]
        # The daemons stay in the foreground, so that a host's order is done when its daemon is.
        return [
            *("--host", ",".join(f"{host}:{count}" for host in hosts)),
            *("--map-by", f"ppr:{count}:node:oversubscribe"),
            *("--prtemca", "plm_ssh_agent", mpi_agent.__file__),
            "--leave-session-attached",
        ]

    def _obey(self) -> None:
        with socket.create_server((self._host, mpi_agent.PORT)) as listener:
            while True:
                connection, _ = listener.accept()
                with connection, connection.makefile("rw") as channel:
                    line = channel.readline()
                    if not line:  # whoever it was has hung up
                        continue
                    order = json.loads(line)
                    channel.write(json.dumps({"code": _run(order) if order else 0}) + "\n")
                if not order:
                    return


def _run(order: dict[str, str]) -> int:
    """Run a command of the first host's, with this host's own environment of Python packages."""
    command = order["run"].replace(order["environment"], sys.prefix)
    return subprocess.run(["sh", "-c", command], env=os.environ, cwd=environment.code_dir).returncode
