"""A built-in algorithm's own files, run in the environment of its image: many cases in one process."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from local_aws.runtimes.environments import Environments
from local_aws.runtimes.images import IMAGES, find_image, load_images
from tests.local_aws.launcher import PYTHON, ROOT

ENVIRONMENTS = ROOT / ".local-aws" / "cache" / "environments"
SOURCE = ROOT / "packages/local-aws/src"
MISTAKES = """
import base64, runpy
from local_aws.runtimes.inside.algorithms.errors import CustomerError
from local_aws.runtimes.inside.algorithms.job import Job

train = runpy.run_path(f"{folder}/algorithm.py")["train"]
messages = []
for number, (hyperparameters, channels) in enumerate(cases):
    root = Path(scratch) / str(number)
    (root / "model").mkdir(parents=True)
    for name, (_, content) in channels.items():
        (root / "input/data" / name).mkdir(parents=True)
        (root / "input/data" / name / "rows").write_bytes(base64.b64decode(content))
    described = {name: {"ContentType": content_type} for name, (content_type, _) in channels.items()}
    try:
        train(Job(root, hyperparameters, described, "algo-1"))
        messages.append("")
    except CustomerError as error:
        messages.append(str(error))
output = messages
"""
Case = tuple[Mapping[str, str], Mapping[str, tuple[str, str]]]
"""Hyperparameters, and by channel its content type and, in base64, its file."""


def mistakes(algorithm: str, cases: Sequence[Case], scratch: Path) -> list[str]:
    """What a job of each case reports as the customer's mistake; nothing for one that trains."""
    return list(run_inside(algorithm, MISTAKES, cases, scratch))


def run_inside(algorithm: str, script: str, cases: Any, scratch: Path) -> Any:
    """What a script assigns to ``output``; it has ``cases``, the algorithm's ``folder`` and a ``scratch`` folder."""
    image = find_image(f"{algorithm}:1", load_images()).image
    environment = Environments(ENVIRONMENTS, uv=PYTHON.with_name("uv")).ensure(image, print)
    paths = [str(IMAGES / image.name), str(SOURCE)]
    head = f"import json, sys\nfrom pathlib import Path\nsys.path[:0] = {paths!r}\n"
    names = f"folder, scratch = {paths[0]!r}, {str(scratch)!r}\ncases = json.load(sys.stdin)\n"
    program = f"{head}{names}{script}\nprint(json.dumps(output))"
    process = subprocess.run(
        [str(environment / "bin" / "python"), "-c", program],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout.splitlines()[-1])
