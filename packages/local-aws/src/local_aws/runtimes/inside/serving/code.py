"""Installs the user's code before the model is loaded, with AWS's own toolkits, in the job's environment.

The code is part of the model (``model/code``), or SAGEMAKER_SUBMIT_DIRECTORY names a folder or an archive, even in S3.
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
    if submitted and Path(folder()) != Path(environment.code_dir):
        from sagemaker_training import files

        files.download_and_extract(submitted, folder())
    requirements = Path(folder(), "requirements.txt")
    if requirements.exists():
        sys.stderr.write(f"Installing the packages of {requirements}\n")
        command = [sys.executable, "-m", "pip", "install", "-r", str(requirements)]
        if (exit_code := subprocess.run(command, cwd=folder()).returncode) != 0:
            sys.exit(f"The packages of {requirements} could not be installed: pip ended with exit code {exit_code}")


def folder() -> str:
    """The folder of the user's code, which may not exist yet."""
    submitted = os.environ.get("SAGEMAKER_SUBMIT_DIRECTORY")
    if not submitted or Path(submitted) == Path(environment.code_dir):
        return str(environment.code_dir)
    return str(Path(environment.base_dir, "code"))
