"""MPI as in AWS's toolkit: the first host's mpirun starts the script on all hosts.

The toolkit's own runner would start an SSH server and write to /etc/environment, which here are the machine's. So
mpirun reaches the other hosts through `mpi_agent.py` instead of ssh, and they wait for its commands.
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
    """Runs the script with the machine's own mpirun, or that of the script's requirements."""

    def __init__(self, settings: Any) -> None:
        parameters = settings.additional_framework_parameters
        count = int(parameters.get(params.MPI_PROCESSES_PER_HOST) or 1)
        super().__init__(settings.user_entry_point, settings.to_cmd_args(), settings.to_env_vars(), count)
        self._options = shlex.split(parameters.get(params.MPI_CUSTOM_OPTIONS) or "")
        self._host = settings.current_host
        self._first, *self._others = sorted(settings.hosts)

    def run(self, wait: bool = True, capture_error: bool = False) -> Any:
        """Run the script from the first host; other hosts run the commands of its mpirun until it has ended."""
        # Open MPI's daemons don't use a loopback, so the job's network also has this interface if the machine can.
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
                with contextlib.suppress(OSError):  # a failed host no longer listens
                    mpi_agent.order(host, {}, LAST_ORDER_SECONDS)

    def _python_command(self) -> list[str]:
        if shutil.which("mpirun") is None:
            raise errors.ClientError(
                "MPI needs mpirun, which this machine has not: install openmpi-bin, or add openmpi to the script's "
                "requirements.txt, or use torchrun."
            )
        ranks = str(self._processes_per_host * (1 + len(self._others)))
        command = ["mpirun", "--allow-run-as-root", "--oversubscribe", "-np", ranks, *self._placement()]
        # By name, because the environment of another host has a different path.
        # mpi4py's own program, which AWS's toolkit uses too, ends all processes when one of them raises.
        module = ["-m", "mpi4py"] if importlib.util.find_spec("mpi4py") else []
        return [*command, *self._options, Path(process.python_executable()).name, *module]

    def _placement(self) -> list[str]:
        """The arguments that put the same number of processes on each host."""
        if not self._others:
            return []
        count = self._processes_per_host
        hosts = [self._first, *(mpi_agent.PREFIX + host for host in self._others)]
        # The daemons stay in the foreground, so that a host's command ends when its daemon does.
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
                    if not line:  # the client has disconnected
                        continue
                    order = json.loads(line)
                    channel.write(json.dumps({"code": _run(order) if order else 0}) + "\n")
                if not order:
                    return


def _run(order: dict[str, str]) -> int:
    """Run a command from the first host, with this host's own Python environment."""
    command = order["run"].replace(order["environment"], sys.prefix)
    return subprocess.run(["sh", "-c", command], env=os.environ, cwd=environment.code_dir).returncode
