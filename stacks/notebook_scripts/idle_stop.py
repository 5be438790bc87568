"""Stop this notebook instance when nobody and nothing has used it for a while.

Runs as root from a systemd timer, with the standard library and boto3, on the instance's own Python (3.7 on Amazon
Linux 2). In use means: a busy kernel, a running container, processes of the notebook's user that take CPU (a script in
a terminal, say), or activity in a kernel or terminal within the idle time. An open browser tab is no use.
Surprise: when Jupyter does not answer, nothing is stopped, since a kernel may be busy; the log and exit status 1 tell.
"""

from __future__ import annotations

import argparse
import json
import os
import pwd
import shutil
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import datetime
from pathlib import Path
from typing import Any

METADATA = Path("/opt/ml/metadata/resource-metadata.json")
STATE = Path("/run/launchpad/idle.json")
USER = "ec2-user"
RUNTIME = Path("/home/ec2-user/.local/share/jupyter/runtime")
# The share of one CPU above which the user's processes count as at work.
BUSY_SHARE = 0.1


def main() -> int:
    """Look once; stop the instance when the idle time is over."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--idle-minutes", type=float, required=True)
    limit = parser.parse_args().idle_minutes * 60
    former, now = read_json(STATE), time.time()
    servers = jupyter_servers()
    try:
        (uses, moments), failure = jupyter_use(servers), ""
    except (OSError, ValueError, KeyError) as error:
        failure = f"Jupyter does not answer ({error}), so a kernel may be busy"
        uses, moments = [failure], []
    ticks = processor_ticks({str(server.get("pid")) for server in servers})
    uses += container_use() + processor_use(former, ticks, now)
    since = now if uses else max([booted(now), former.get("active", 0), *moments])
    write_json(STATE, {"active": since, "time": now, "ticks": ticks})
    idle = now - since
    say("in use: " + "; ".join(uses) if uses else f"idle for {idle / 60:.1f} of {limit / 60:.1f} minutes")
    if not uses and idle >= limit:
        stop()
    return 1 if failure else 0


def say(text: str) -> None:
    """Log one line with its time."""
    print(time.strftime("%Y-%m-%dT%H:%M:%SZ ", time.gmtime()) + text)


def read_json(path: Path) -> dict[str, Any]:
    """Return what the file holds, or nothing where there is none."""
    try:
        value = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Replace the file in one move."""
    new = path.with_name(path.name + ".new")
    new.write_text(json.dumps(value))
    new.replace(path)


def jupyter_servers() -> list[dict[str, Any]]:
    """Return the running servers as they describe themselves, and always the instance's own on port 8443."""
    found = [read_json(path) for path in RUNTIME.glob("*server-*.json")]
    alive = [one for one in found if one.get("port") and Path(f"/proc/{one.get('pid')}").exists()]
    if not any(one["port"] == 8443 for one in alive):
        alive.append({"port": 8443, "secure": True})
    return alive


def jupyter_use(servers: list[dict[str, Any]]) -> tuple[list[str], list[float]]:
    """Return (what is busy, the moments of last activity) of all servers."""
    uses, moments = [], []
    for server in servers:
        kernels = ask(server, "api/kernels")
        uses += [f"kernel {one['id']} is busy" for one in kernels if one["execution_state"] == "busy"]
        times = [one["last_activity"] for one in kernels + ask(server, "api/terminals")]
        moments += [moment(text) for text in times if text]  # empty: never used since it began
    return uses, moments


def ask(server: dict[str, Any], path: str) -> list[dict[str, Any]]:
    """GET a list from a Jupyter server on loopback, whose certificate is its own."""
    scheme = "https" if server.get("secure") else "http"
    url = f"{scheme}://localhost:{server['port']}{server.get('base_url', '/')}{path}"
    headers = {"Authorization": f"token {server['token']}"} if server.get("token") else {}
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - http or https
    own_certificate = ssl._create_unverified_context()  # noqa: S323 - on loopback
    try:
        with urllib.request.urlopen(request, timeout=20, context=own_certificate) as answer:  # noqa: S310
            return list(json.load(answer))
    except urllib.error.HTTPError as error:
        # Terminals may be switched off.
        if error.code == 404 and path == "api/terminals":
            return []
        raise


def moment(text: str) -> float:
    """Return the seconds since the epoch of Jupyter's time stamps, which have a fraction or not."""
    form = "%Y-%m-%dT%H:%M:%S.%f%z" if "." in text else "%Y-%m-%dT%H:%M:%S%z"
    return datetime.strptime(text.replace("Z", "+0000"), form).timestamp()


def container_use() -> list[str]:
    """Name the running containers: local mode trains in them."""
    if not shutil.which("docker"):
        return []
    listed = subprocess.run(["docker", "ps", "-q"], stdout=subprocess.PIPE, timeout=60, check=False)
    return [f"container {name} runs" for name in listed.stdout.decode().split()]


def processor_ticks(servers: set[str]) -> dict[str, int]:
    """Return the CPU ticks that each process of the user has had; Jupyter's servers, which only wait, left out."""
    owner, ticks = pwd.getpwnam(USER).pw_uid, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if folder.stat().st_uid != owner or folder.name in servers:
                continue
            fields = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
        except OSError:  # it has ended by now
            continue
        ticks[f"{folder.name}@{fields[19]}"] = int(fields[11]) + int(fields[12])
    return ticks


def processor_use(former: dict[str, Any], ticks: dict[str, int], now: float) -> list[str]:
    """Say when the user's processes took more CPU since the last look than waiting takes."""
    if "ticks" not in former:
        return []
    spent = sum(count - former["ticks"].get(key, 0) for key, count in ticks.items()) / os.sysconf("SC_CLK_TCK")
    share = spent / max(now - former["time"], 1)
    return [f"processes of {USER} take {share:.0%} of a CPU"] if share > BUSY_SHARE else []


def booted(now: float) -> float:
    """Return when the instance started."""
    return now - float(Path("/proc/uptime").read_text().split()[0])


def stop() -> None:
    """Stop the instance (StopNotebookInstance)."""
    import boto3  # here, since most looks need none

    metadata = read_json(METADATA)
    say(f"stopping {metadata['ResourceName']}")
    client = boto3.client("sagemaker", region_name=metadata["ResourceArn"].split(":")[3])
    client.stop_notebook_instance(NotebookInstanceName=metadata["ResourceName"])


if __name__ == "__main__":
    sys.exit(main())
