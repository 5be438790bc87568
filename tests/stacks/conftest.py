"""Templates to look at: each environment is synthesized once per process, all of them in one jsii kernel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from launchpad import paths
from launchpad.catalogue import workload_names
from launchpad.images.containers import container_names
from launchpad.settings import EnvironmentSettings
from stacks.platform import Platform, feature_flags

Templates = Mapping[str, dict[str, Any]]
"""CloudFormation templates by the part of the platform that they are, such as `storage`."""
Synthesize = Callable[..., Templates]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-baselines", action="store_true", help="accept the samples' templates as they are now (tests/stacks)"
    )


@cache
def _templates(settings: str, workloads: Path, containers: Path) -> Templates:
    app = cdk.App(context=feature_flags())
    Platform(app, EnvironmentSettings.model_validate_json(settings), workloads, containers)
    (assembly,) = app.synth().nested_assemblies
    return {stack.hierarchical_id.rpartition("/")[2]: stack.template for stack in assembly.nested_assembly.stacks}


@pytest.fixture(scope="session")
def templates() -> Synthesize:
    """A function from settings, as keyword arguments, to templates; `templates(name="dev", region="eu-west-1")`.

    The folders of workloads and containers come before them. By default the environment has all of both, samples too.
    """

    def synthesize(
        workloads: Path = paths.WORKLOADS, containers: Path = paths.CONTAINERS, /, **settings: Any
    ) -> Templates:
        if "workloads" not in settings:
            settings |= {"workloads": workload_names(workloads), "containers": container_names(containers)}
        return _templates(
            EnvironmentSettings.model_validate(settings).model_dump_json(exclude_unset=True), workloads, containers
        )

    return synthesize


@pytest.fixture(scope="session")
def dev(templates: Synthesize) -> Templates:
    """An environment of the least that a config may say."""
    return templates(name="dev", region="eu-west-1")
