"""Every environment and every sample, synthesized once with cdk-nag looking."""

from __future__ import annotations

import pytest

from security.environments import Assembly, synthesize


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    return synthesize(tmp_path_factory.mktemp("security"))
