"""What the launch function's import costs, as a ratio to that of boto3 and a SageMaker client, in fresh interpreters.

Run it with `make benchmark-import`; the two alternate, and medians are compared.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = 1.05
RUNS = 40
FLOOR = "import boto3; boto3.client('sagemaker')"
ASSET = """
import sys
from pathlib import Path
from launchpad.settings import load_environment
from launchpad.catalogue import load_catalogue
from stacks.constructs.function_code import function_files, write_files
write_files(function_files(load_catalogue(load_environment("dev")), "eu-west-1"), Path(sys.argv[1]))
"""
NAMES = ("name", "data_bucket", "model_bucket", "kms_key_arn", "training_role_arn", "serving_role_arn")
ENVIRONMENT = {**dict.fromkeys(NAMES, "x"), "region": "eu-west-1"}


def seconds(code: str, folder: Path) -> float:
    """Wall time of a fresh interpreter."""
    variables = {
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "LAUNCHPAD_ENVIRONMENT": json.dumps(ENVIRONMENT),
        "PYTHONPATH": str(folder),
    }
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], cwd=folder, env={**os.environ, **variables}, check=True)
    return time.perf_counter() - start


def main() -> None:
    """Measure, and print the ratio with its target."""
    with tempfile.TemporaryDirectory() as empty, tempfile.TemporaryDirectory() as function:
        subprocess.run([sys.executable, "-c", ASSET, function], cwd=ROOT, check=True)
        cases = {FLOOR: Path(empty), "import launch": Path(function)}
        times: dict[str, list[float]] = {code: [] for code in cases}
        for number in range(RUNS + 1):
            for code, folder in cases.items():
                duration = seconds(code, folder)
                if number:  # the first of each fills caches
                    times[code].append(duration)
    floor, handler = (statistics.median(values) for values in times.values())
    print(f"import of the launch function / boto3 with a SageMaker client: {handler / floor:.3f} (at most {TARGET})")
    print(f"medians of {RUNS} runs in turn: {1000 * handler:.0f} ms and {1000 * floor:.0f} ms")
    sys.exit(handler / floor > TARGET)


if __name__ == "__main__":
    main()
