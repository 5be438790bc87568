"""What all tests share: their surroundings, and who runs the workloads' tests."""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.local_aws import surroundings
from tests.workloads.sharing import ByWorkload

surroundings.prepare()
os.environ["CDK_VALIDATION"] = "false"
"""CDK's own validator costs seconds at each synth; cfn-lint looks at the templates instead."""


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByWorkload | None:
    """Only the workloads' tests are not shared out by files."""
    return ByWorkload(config, log) if config.option.markexpr == "workloads" else None
