"""Write what a notebook instance has to know: `settings.py environment` and `settings.py docker FILE FOLDER`.

Runs on the instance's own Python (3.7 on Amazon Linux 2), as root, with the standard library only. Each prints the
files that it changed. Surprise: IPython reads /etc/ipython/startup in every conda environment, so kernels have the
variables however the server was started.
"""

from __future__ import annotations

import json
import re
import shlex
import sys
from pathlib import Path

PROFILE = Path("/etc/profile.d/launchpad.sh")
SETTINGS = Path("/etc/launchpad/launchpad.json")
IPYTHON = Path("/etc/ipython/startup/00-launchpad.py")
IPYTHON_CODE = f"""import json as _json, os as _os
with open({str(SETTINGS)!r}, encoding="utf-8") as _file:
    _os.environ.update(_json.load(_file))
del _json, _os, _file
"""


def put(path: Path, text: str) -> None:
    """Make the file hold this text, in one move; say so where it did not."""
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    new.write_text(text, encoding="utf-8")
    new.replace(path)
    print(path)


def environment() -> None:
    """Export the KEY=VALUE lines of standard input to terminals and kernels."""
    lines = sys.stdin.buffer.read().decode("utf-8").split("\n")
    values = dict(line.split("=", 1) for line in lines if line)
    wrong = [name for name in values if not re.match("[A-Za-z_][A-Za-z0-9_]*$", name)]
    if wrong:
        sys.exit(f"these are no names for environment variables: {wrong}")
    put(SETTINGS, json.dumps(values, indent=2, sort_keys=True) + "\n")
    put(PROFILE, "".join(f"export {name}={shlex.quote(values[name])}\n" for name in sorted(values)))
    put(IPYTHON, IPYTHON_CODE)


def docker(path: str, folder: str) -> None:
    """Add the data directory to the daemon's configuration, keeping what is there (a GPU's runtime, for one)."""
    file = Path(path)
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    try:
        settings = json.loads(text) if text.strip() else {}
    except ValueError as error:
        sys.exit(f"{path} is no JSON ({error}): it is left as it is")
    settings["data-root"] = folder
    # The containerd image store would keep images under /var/lib/containerd, on the small volume.
    settings.setdefault("features", {})["containerd-snapshotter"] = False
    put(file, json.dumps(settings, indent=2) + "\n")


if __name__ == "__main__":
    environment() if sys.argv[1] == "environment" else docker(*sys.argv[2:])
