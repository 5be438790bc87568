"""What a workload's README says of running its scripts alone, and a shell that does as it says.

The commands run as they stand, with two things in place of others: what they write to /tmp lands in a folder of the
test, and `pip` and `uv` install nothing, for the environments of the same lock files are there (see `conftest.py`).
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from tests.workloads.conftest import Workload, clean, environment_python

ALONE = re.compile(r"\*\*Run [^*]*alone\*\*")
BLOCK = re.compile(r"\*\*Run it alone\*\*.*?```shell\n(.*?)```", re.DOTALL)
REQUIREMENTS = re.compile(r"\S*requirements\.txt")
PLACE = re.compile(r"/tmp/[\w./-]+")
OF_DATA = "data-requirements.txt"
SECONDS = 300
LAUNCHPAD = Path(sys.executable).with_name("launchpad")
PYTHON = """\
#!/bin/sh
case "$1" in
    {writer}) exec {data} "$@" ;;
    {training}) exec {scripts} "$@" {more} ;;
    *) exec {scripts} "$@" ;;
esac
"""


def alone(readme: str) -> str:
    """The part of a README that says how scripts run alone; empty if it says nothing of it."""
    match = ALONE.search(readme)
    return readme[match.start() :] if match else ""


def commands(readme: str) -> str:
    """The commands with which a README says that its scripts run alone; empty if there are none."""
    match = BLOCK.search(readme)
    return match[1] if match else ""


def places(text: str) -> list[str]:
    """What the commands name below /tmp, without it."""
    return sorted({path.removeprefix("/tmp/") for path in PLACE.findall(text)})


def run(workload: Workload, output: Path, *more: object) -> subprocess.CompletedProcess[str]:
    """Run the commands of a workload's README in its folder; what they would write to /tmp lands in `output`.

    `more` are options for the training script.
    """
    folder, training = workload.folder, workload.settings.get("training", {})
    text = commands((folder / "README.md").read_text("utf-8"))
    (of_scripts,) = {name for name in REQUIREMENTS.findall(text) if not name.endswith(OF_DATA)} or {OF_DATA}
    python = PYTHON.format(
        writer=workload.settings.get("data_script", "data.py"),
        data=environment_python(lock) if (lock := workload.lock(OF_DATA)).exists() else sys.executable,
        scripts=environment_python(folder / of_scripts),
        training=f"{training.get('source_dir', 'src')}/{training.get('entry_point')}",
        more=shlex.join(map(str, more)),
    )
    programs = output / "bin"
    programs.mkdir()
    nothing, launchpad = "#!/bin/sh\n", f'#!/bin/sh\nexec {LAUNCHPAD} "$@"\n'
    scripts = {"python": python, "python3": python, "pip": nothing, "uv": nothing, "launchpad": launchpad}
    for name, script in scripts.items():
        (programs / name).write_text(script)
        (programs / name).chmod(0o755)
    variables = clean({"OMP_NUM_THREADS": "1"})  # of several, those of small models spend their time in waiting
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text.replace("/tmp/", f"{output}/")],
        cwd=folder,
        env={**variables, "PATH": f"{programs}{os.pathsep}{variables['PATH']}"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
