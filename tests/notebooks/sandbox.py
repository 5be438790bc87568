"""A notebook instance to break: a copy-on-write view of this machine in separate namespaces.

The lifecycle scripts run in it unmodified and as root, with their real paths, and nothing that they write, start or
listen on reaches the machine. It has an ec2-user, the large volume as a small tmpfs, a conda folder, the metadata
file, and stand-ins for `systemctl`, `docker` and the conda environments' Python. Note: it needs root, or `sudo`
without a password; where there is neither, the tests are skipped and say so.
"""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
STAND_INS = Path(__file__).parent / "stand_ins"
USER_ID = 61000
VOLUME = "/home/ec2-user/SageMaker"
# What SageMaker gives its lifecycle scripts (API reference of NotebookInstanceLifecycleHook).
SAGEMAKER_PATH = "/sbin:bin:/usr/sbin:/usr/bin"
NOTEBOOK_ARN = "arn:aws:sagemaker:eu-west-1:123456789012:notebook-instance/science"

_SETUP = r"""
set -eu
work=$1 volume_options=$2; shift 2
mount -t tmpfs -o size=160m tmpfs "$work"
mkdir "$work/upper" "$work/working" "$work/root"
mount -t overlay -o "lowerdir=/,upperdir=$work/upper,workdir=$work/working" overlay "$work/root"
root=$work/root
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
for folder; do
    mkdir -p "$root$folder"
    mount --bind "$folder" "$root$folder"
    mount -o remount,bind,ro "$root$folder"
done
mkdir -p "$root/home/ec2-user/SageMaker"
mount -t tmpfs -o "$volume_options,mode=755" tmpfs "$root/home/ec2-user/SageMaker"
ip link set lo up
exec chroot "$root" /bin/sh -c 'echo ready; exec cat'
"""


def privilege() -> list[str] | None:
    """Return what to put before a command so that root runs it, or None where nothing does."""
    for prefix in ([], ["sudo", "-n"]):
        probe = [*prefix, "unshare", "--mount", "--pid", "--net", "--fork", "true"]
        if shutil.which(probe[0]) and subprocess.run(probe, capture_output=True, check=False).returncode == 0:
            return prefix
    return None


class Sandbox:
    """One instance; `close` ends everything that runs in it."""

    def __init__(self, folder: Path, volume_options: str = "size=1g") -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.prefix = privilege() or []
        self.needed = [REPOSITORY, Path(sys.executable).resolve().parents[1]]
        mounted = [str(path) for path in self.needed if not _in_overlay(path)]
        options = ["--mount", "--pid", "--net", "--fork", "--kill-child", "--propagation", "private"]
        command = ["unshare", *options, "bash", "-c", _SETUP, "setup", str(folder), volume_options, *mounted]
        self.holder = subprocess.Popen(
            [*self.prefix, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.holder.stdout and self.holder.stderr
        if self.holder.stdout.readline() != "ready\n":
            raise RuntimeError(f"the sandbox did not start: {self.holder.stderr.read()}")
        self.process = _innermost(self.holder.pid)
        self._furnish()

    def _furnish(self) -> None:
        """Make it look like a notebook instance."""
        conda = "/home/ec2-user/anaconda3/envs"
        parents = {str(parent) for path in self.needed for parent in path.parents}
        self.shell(
            f"echo 'ec2-user:x:{USER_ID}:{USER_ID}::/home/ec2-user:/bin/bash' >>/etc/passwd;"
            f"echo 'ec2-user:x:{USER_ID}:' >>/etc/group; chmod a+x {' '.join(parents)} 2>/dev/null;"
            f"mkdir -p {conda}/python3/bin {conda}/JupyterSystemEnv/bin /opt/ml/metadata /var/log/stand-ins"
            " /var/lib/docker; chmod 777 /var/log/stand-ins /tmp /run; rm -rf /etc/docker;"
            f"chown -R ec2-user: /home/ec2-user; chmod 755 /home/ec2-user",
            check=True,
        )
        self.write("/opt/ml/metadata/resource-metadata.json", json.dumps(_METADATA))
        for name, target in _PLACES.items():
            self.write(target, (STAND_INS / name).read_text(), mode=755)
        # It has boto3: to import that for the answer would take half of the tests' time.
        boto3_check = '[ "$*" != "-c import boto3" ] || exit 0'
        python = f'#!/bin/sh\n{boto3_check}\nexec "{REPOSITORY}/.venv/bin/python" "$@"\n'
        self.write(f"{conda}/JupyterSystemEnv/bin/python", python, mode=755)

    def command(self, *words: str, user: str = "root", environment: dict[str, str] | None = None) -> list[str]:
        """Return the command line that runs the words inside."""
        enter = ["nsenter", "--target", str(self.process), "--mount", "--pid", "--net", "--root"]
        variables = [f"{name}={value}" for name, value in {"PATH": SAGEMAKER_PATH, **(environment or {})}.items()]
        become = [] if user == "root" else ["/usr/sbin/runuser", "-u", user, "--"]
        return [*self.prefix, *enter, "/usr/bin/env", "--chdir=/", "-i", *variables, *become, *words]

    def run(self, *words: str, check: bool = False, **options) -> subprocess.CompletedProcess[str]:
        """Run one program inside and return what came of it."""
        standard_input = options.pop("input", None)
        command = self.command(*words, **options)
        return subprocess.run(command, input=standard_input, capture_output=True, text=True, check=check, timeout=30)

    def shell(self, text: str, **options) -> subprocess.CompletedProcess[str]:
        """Run shell text inside."""
        return self.run("/bin/bash", "-c", text, **options)

    def start(self, *words: str, **options) -> subprocess.Popen[str]:
        """Leave a program running inside until the sandbox closes."""
        command = self.command(*words, **options)
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True)

    def script(self, text: str) -> subprocess.CompletedProcess[str]:
        """Run a lifecycle script as SageMaker does: from a file, by root."""
        self.write("/run/lifecycle.sh", text, mode=755)
        return self.run("/run/lifecycle.sh")

    def read(self, path: str) -> str:
        """Return the text of a file inside; FileNotFoundError where there is none."""
        result = self.run("/bin/cat", path)
        if result.returncode:
            raise FileNotFoundError(path)
        return result.stdout

    def write(self, path: str, text: str, mode: int = 644) -> None:
        """Make a file inside."""
        self.shell(f'mkdir -p "$(dirname "{path}")"; cat >"{path}"; chmod {mode} "{path}"', input=text, check=True)

    def calls(self, name: str) -> list[str]:
        """Return the arguments that a stand-in was called with, a line per call."""
        return self.shell(f"cat /var/log/stand-ins/{name} 2>/dev/null").stdout.splitlines()

    def wait_for(self, condition: str, seconds: float = 60) -> None:
        """Wait until shell text succeeds inside."""
        end = time.monotonic() + seconds
        while self.shell(condition).returncode:
            assert time.monotonic() < end, f"not within {seconds} s: {condition}"
            time.sleep(0.1)

    def snapshot(self) -> list[str]:
        """Return everything that differs from the machine, with owner, mode and content; logs and tmp left out."""
        outside = ["nsenter", "--target", str(self.process), "--mount", "bash", "-c", _SNAPSHOT, "snapshot"]
        upper, volume = self.folder / "upper", f"{self.folder}/root{VOLUME}"
        places = [str(upper), volume, f"{self.folder}/root/run"]
        listing = subprocess.run([*self.prefix, *outside, *places], capture_output=True, text=True, check=True)
        return sorted(line for line in listing.stdout.splitlines() if not any(part in line for part in _VOLATILE))

    def close(self) -> None:
        """End the namespaces, and with them every process and mount inside."""
        assert self.holder.stdin
        self.holder.stdin.close()
        self.holder.wait(timeout=20)


# One line per file: folder, path, type, mode, owner; and a second with the sum of its content.
_SNAPSHOT = r"""
for folder; do
    cd "$folder"
    find . -printf "$folder %P %y %m %u %l\n"
    find . -type f -exec sha256sum {} + | sed "s|^|$folder |"
done
"""
_VOLATILE = ("var/log/", " tmp", "lifecycle.sh", "__pycache__", "install.log")
_METADATA = {"ResourceArn": NOTEBOOK_ARN, "ResourceName": "science"}
_PLACES = {
    "systemctl": "/usr/local/bin/systemctl",
    "docker": "/usr/local/bin/docker",
    "conda_python": "/home/ec2-user/anaconda3/envs/python3/bin/python",
}


def _in_overlay(path: Path) -> bool:
    """Say whether the overlay of / shows the path: not what lies on another file system or where tmpfs covers it."""
    covered = any(path.is_relative_to(mount) for mount in ("/tmp", "/run"))
    return path.stat().st_dev == Path("/").stat().st_dev and not covered


def _innermost(process: int) -> int:
    """Return the last descendant: the process that holds the namespaces open."""
    while children := Path(f"/proc/{process}/task/{process}/children").read_text().split():
        process = int(children[0])
    return process


def service_environment(port: int) -> dict[str, str]:
    """Return what systemd gives its services, and what sends boto3's SageMaker calls to a port on loopback."""
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_MAX_ATTEMPTS": "1"}
    return {"AWS_ENDPOINT_URL_SAGEMAKER": f"http://127.0.0.1:{port}", "PATH": path, "LANG": "C.UTF-8", **keys}
