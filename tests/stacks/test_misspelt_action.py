"""A synth names a misspelt IAM action in one line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from launchpad import paths

PARTS = ("app.py", "cdk.json", "config", "images.lock.json", "lambda", "launchpad", "stacks", "workloads", "containers")


def test_a_synth_names_a_misspelt_action_in_one_line(tmp_path):
    for part in PARTS:
        source = paths.ROOT / part
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, tmp_path / part)
    file = next(path for path in (tmp_path / "stacks").rglob("*.py") if "sagemaker:CreateModel" in path.read_text())
    file.write_text(file.read_text().replace('sagemaker:CreateModel"', 'sagemaker:Createmod-el"', 1))
    variables = {"CDK_OUTDIR": str(tmp_path / "out"), "PYTHONPATH": str(tmp_path), "LAUNCHPAD_ROOT": str(tmp_path)}
    synth = subprocess.run(
        [sys.executable, "app.py"], cwd=tmp_path, env={**os.environ, **variables}, capture_output=True, text=True
    )
    assert synth.returncode == 1
    lines = [line for line in synth.stderr.splitlines() if "sagemaker:" in line]
    assert len(lines) == 1
    assert lines[0].startswith(f"{file.relative_to(tmp_path)}:")
    assert lines[0].endswith("sagemaker:Createmod-el: not an IAM action, did you mean 'sagemaker:CreateModel'?")
    assert "Traceback" not in synth.stderr
