"""What AWS closed to new customers on 2026-07-30, as far as a workload can ask for it: Debugger, and its profiler.

Source: "Debugger availability change" and "Profiler availability change", SageMaker AI's developer guide. TensorBoard
stays: the first of these pages names it as a replacement. So a workload's `tensorboard` is not refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from launchpad.config_files.yaml_source import problem_at
from launchpad.messages.errors import InvalidFileError, Problem
from launchpad.settings import EnvironmentSettings
from launchpad.workload.training import Training

CLOSED = "AWS closed {service} to new customers on 2026-07-30{end}: remove it, and {instead}"
PROFILER = CLOSED.format(
    service="Debugger's profiler",
    end=", and ends the support of Profiler on 2027-06-30",
    instead="`launchpad report JOB` shows processors, memory, GPUs and disk from CloudWatch, and what to change",
)
RULES = CLOSED.format(
    service="SageMaker Debugger",
    end="",
    instead="let the script log to MLflow or TensorBoard (`tensorboard: true`), and stop on a bad loss",
)


def refuse_closed_services(training: Training, environment: EnvironmentSettings, path: Path) -> None:
    """Refuse what an account that is new to it can't use.

    Raises:
        InvalidFileError: the section uses Debugger or its profiler, and the environment has no `closed_services: true`.
    """
    if not environment.closed_services and (problems := list(_problems(training, environment, path))):
        raise InvalidFileError(problems)


def rules_key(training: Training) -> str | None:
    """The key of `training` with rules, which run in an image of Debugger; None if there are no rules."""
    if training.debugger_rules:
        return "debugger_rules"
    return "profiler" if training.profiler and training.profiler.rules else None


def _problems(training: Training, environment: EnvironmentSettings, path: Path) -> Iterator[Problem]:
    still = f". An account that used it before writes `closed_services: true` in {environment.source.name}"
    if training.profiler:
        yield problem_at(path, ("training", "profiler"), PROFILER + still)
    if training.debugger_rules:
        yield problem_at(path, ("training", "debugger_rules"), RULES + still)
