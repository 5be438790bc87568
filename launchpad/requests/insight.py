"""Insight into a training job: profiler, debugger rules, TensorBoard, experiments; each only if a workload asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchpad.requests.context import Request


def insight(section: Mapping[str, Any], jobs_uri: str, job: str) -> Request:
    """The members of `CreateTrainingJob` that concern insight; their output goes to the job's folder."""
    members: Request = {}
    if section["profiler"]:
        members["ProfilerConfig"] = {
            "S3OutputPath": jobs_uri,
            "ProfilingIntervalInMilliseconds": section["profiler"]["interval_milliseconds"],
        }
        if section["profiler"]["rules"]:
            members["ProfilerRuleConfigurations"] = _rules(section, section["profiler"]["rules"])
    if section["debugger_rules"]:
        members["DebugHookConfig"] = {"S3OutputPath": jobs_uri}
        members["DebugRuleConfigurations"] = _rules(section, section["debugger_rules"])
    if section["tensorboard"]:
        members["TensorBoardOutputConfig"] = {"S3OutputPath": f"{jobs_uri}/{job}/tensorboard"}
    if section["experiment"]:
        members["ExperimentConfig"] = _experiment(section["experiment"])
    return members


def _rules(section: Mapping[str, Any], rules: list[Mapping[str, Any]]) -> list[Request]:
    return [
        {
            "RuleConfigurationName": rule["name"],
            "RuleEvaluatorImage": section["rule_image"],
            "RuleParameters": {"rule_to_invoke": rule["name"], **rule["parameters"]},
        }
        for rule in rules
    ]


def _experiment(experiment: Mapping[str, Any]) -> Request:
    run = {"RunName": experiment["run"]} if experiment["run"] else {}
    return {"ExperimentName": experiment["name"], **run}
