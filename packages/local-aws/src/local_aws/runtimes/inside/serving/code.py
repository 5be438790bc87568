"""Installs the user's code before the model is loaded, with AWS's own toolkits, in the job's environment.

The code is part of the model (``model/code``), or SAGEMAKER_SUBMIT_DIRECTORY names a folder or an archive, even in S3.
Note: a multi-model server installs the requirements of the latter only, because AWS's images do it once, when they
start.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from sagemaker_inference import environment


def main() -> None:
    """Download the code if necessary, and install its requirements. Exits with 1 and a reason if it can't."""
    submitted = os.environ.get("SAGEMAKER_SUBMIT_DIRECTORY")
    if submitted and not _in_model(submitted):
        from sagemaker_training import files

        files.download_and_extract(submitted, folder())
    requirements = Path(folder(), "requirements.txt")
    if requirements.exists():
        sys.stderr.write(f"Installing the packages of {requirements}\n")
        command = [sys.executable, "-m", "pip", "install", "-r", str(requirements)]
        if (exit_code := subprocess.run(command, cwd=folder()).returncode) != 0:
            sys.exit(f"The packages of {requirements} could not be installed: pip ended with exit code {exit_code}")


def folder(model_folder: str | None = None) -> str:
    """The folder of the user's code, which may not exist yet; ``model_folder`` is that of one model of several."""
    submitted = os.environ.get("SAGEMAKER_SUBMIT_DIRECTORY")
    if not submitted or _in_model(submitted):
        return str(Path(model_folder, "code")) if model_folder else str(environment.code_dir)
    return str(Path(environment.base_dir, "code"))


def _in_model(submitted: str) -> bool:
    """Whether the code is part of the model. Where there are several, ``model/code`` means that of each."""
    return Path(submitted) in (Path(environment.code_dir), Path(environment.base_dir, "model", "code"))
