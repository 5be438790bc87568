"""Runs the real CDK CLI, with the Node that the environment brings, against a local AWS."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.local_aws.launcher import HERE, ROOT, LocalAws
from tests.local_aws.surroundings import NODE

WITHOUT_DOCKER = HERE / "without_docker"
CLI = ROOT / "node_modules" / "aws-cdk" / "bin" / "cdk"


def cdk(aws: LocalAws, home: Path, *arguments: str, docker: bool = False) -> str:
    """Run ``cdk`` with these arguments; returns what it printed, raises with it when it failed.

    Without ``docker`` it builds no images, as `launchpad deploy` does.
    """
    result = subprocess.run(
        [NODE, CLI, *arguments],
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            **aws.environment,
            "HOME": str(home),
            "CDK_DISABLE_VERSION_CHECK": "1",
            "NODE_COMPILE_CACHE": str(ROOT / "build" / "node-cache"),
            **({} if docker else {"CDK_DOCKER": str(WITHOUT_DOCKER)}),
        },
        cwd=home,
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert result.returncode == 0, f"cdk {' '.join(arguments)}\n{result.stdout}\n{result.stderr}"
    return result.stdout + result.stderr


def synthesize(app: Path, home: Path, *folders: Path) -> None:
    """Run an app that writes one assembly per folder: one process, because loading the CDK takes longest."""
    environment = {**os.environ, "CDK_VALIDATION": "false", "HOME": str(home)}
    subprocess.run([sys.executable, app, *folders], env=environment, cwd=home, check=True, timeout=120)


def deploy(aws: LocalAws, home: Path, assembly: Path) -> dict[str, Any]:
    """Deploy every stack of a cloud assembly; returns the outputs by stack."""
    outputs = home / "outputs.json"
    cdk(
        aws, home, "deploy", "--all", "--app", str(assembly), "--require-approval=never", "--outputs-file", str(outputs)
    )
    return dict(json.loads(outputs.read_text()))
