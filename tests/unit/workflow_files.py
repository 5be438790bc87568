"""The GitHub workflows as data, and their scripts run as GitHub runs them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import yaml

from launchpad import paths

GITHUB = paths.ROOT / ".github"
FILES = {file.stem: yaml.safe_load(file.read_text("utf-8")) for file in sorted((GITHUB / "workflows").glob("*.yaml"))}
ON = True
"""PyYAML reads the key `on` as YAML 1.1 has it."""
JOBS = [(name, job, content) for name, file in FILES.items() for job, content in file["jobs"].items()]
PROMOTION = ("first", "second", "third", "fourth")
PLAN, DEPLOY = (FILES["deploy-environment"]["jobs"][name] for name in ("plan", "deploy"))
DIFF, COMMENT, WITHDRAW, ACCEPTED = FILES["pull-request-diff"]["jobs"].values()


def step(job: dict[str, Any], words: str) -> dict[str, Any]:
    """The step whose name, id, action or script has these words."""
    (found,) = (
        each for each in job["steps"] if words in " ".join(str(each.get(key)) for key in ("name", "id", "uses"))
    )
    return dict(found)


def script(job: dict[str, Any], words: str) -> str:
    """The script with these words."""
    (found,) = (each["run"] for each in job["steps"] if words in each.get("run", ""))
    return str(found)


def run(script: str, folder: Path, programs: dict[str, str] | None = None, **variables: str) -> dict[str, Any]:
    """Run a step's script as GitHub does, with these programs on PATH."""
    (folder / "bin").mkdir(exist_ok=True)
    for name, text in (programs or {}).items():
        program = folder / name if "/" in name else folder / "bin" / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f"#!/bin/bash\n{text}\n")
        program.chmod(0o755)
    files = {name: str(folder / name.lower()) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "CALLS")}
    result = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env={**os.environ, **files, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}", **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )
    written = {name: Path(file).read_text("utf-8") if Path(file).exists() else "" for name, file in files.items()}
    return {"code": result.returncode, "out": result.stdout + result.stderr, **written}
