"""Two synths of one commit give identical bytes, whatever the folder, the hour and the hash seed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from launchpad import paths

PARTS = (
    "app.py",
    "cdk.json",
    "config",
    "images.lock.json",
    "lambda",
    "launchpad",
    "stacks",
    "workloads",
    "containers",
    "prices",
)


def synthesize(root: Path, output: Path, **environment: str) -> dict[str, bytes]:
    """Every template and asset manifest of a synth of `root` in a separate process, by path."""
    subprocess.run(
        [sys.executable, "app.py"],
        cwd=root,
        env={
            **os.environ,
            "CDK_OUTDIR": str(output),
            "CDK_VALIDATION": "false",
            "PYTHONPATH": str(root),
            **environment,
        },
        check=True,
        timeout=300,
    )
    # `*.metadata.json` holds paths of temporary files and is no part of what is deployed.
    return {
        str(path.relative_to(output)): path.read_bytes()
        for pattern in ("*.template.json", "*.assets.json")
        for path in sorted(output.rglob(pattern))
    }


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    root = tmp_path / "another folder" / "checkout"
    root.mkdir(parents=True)
    for part in PARTS:
        source = paths.ROOT / part
        if source.is_dir():
            shutil.copytree(source, root / part, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.is_file():
            shutil.copy(source, root / part)
    return root


def test_two_synths_are_identical_in_any_folder_zone_and_hash_seed(elsewhere, tmp_path):
    original = synthesize(paths.ROOT, tmp_path / "one", PYTHONHASHSEED="1", TZ="UTC")
    copy = synthesize(
        elsewhere,
        tmp_path / "two",
        PYTHONHASHSEED="2",
        TZ="Asia/Tokyo",
        LAUNCHPAD_ROOT=str(elsewhere),
        AWS_REGION="ap-southeast-2",
        CDK_DEFAULT_ACCOUNT="999999999999",
    )
    assert original.keys() == copy.keys()
    assert [name for name in original if original[name] != copy[name]] == []
    assert len(original) > 4
