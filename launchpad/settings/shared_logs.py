"""Environments that each want SageMaker's shared log groups as their own: the groups have one retention and one key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from launchpad.config_files.yaml_source import problem_at
from launchpad.messages.errors import Problem
from launchpad.settings.environment import EnvironmentSettings

KEY = "owns_job_logs"


def twice_owned_logs(environments: Sequence[EnvironmentSettings]) -> Iterator[Problem]:
    """Yield a problem for each environment that owns what one before it owns, in the same account and region."""
    owners = [environment for environment in environments if environment.owns_job_logs]
    for first, second in combinations(owners, 2):
        if (first.account, first.region) == (second.account, second.region):
            message = (
                f"environment {first.name!r} owns the log groups of {first.region} in the same account already;"
                " remove one of the two lines"
            )
            yield problem_at(second.source, (KEY,), message)
