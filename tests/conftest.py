"""What all tests share: their surroundings."""

from __future__ import annotations

import os

from tests.local_aws import surroundings

surroundings.prepare()
os.environ["CDK_VALIDATION"] = "false"
"""CDK's own validator costs seconds at each synth; cfn-lint looks at the templates instead."""
