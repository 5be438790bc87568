"""Tuning jobs whose training jobs are a few lines of Python: without a script, the loss is a parabola's."""

from __future__ import annotations

import time
import uuid
from typing import Any

from tests.local_aws.plain_jobs import PlainJobs

PARABOLA = """
    import json
    given = json.load(open("input/config/hyperparameters.json"))
    x = float(given["x"])
    print(f"loss={(x - 3) ** 2 + float(given.get('offset', 0)):.6f};")
"""
LOSS = {"Name": "loss", "Regex": "loss=([0-9.]+);"}
X = {"Name": "x", "MinValue": "-10", "MaxValue": "10", "ScalingType": "Linear"}
OVER = ("Completed", "Failed", "Stopped")


class Tuning:
    """Starts tuning jobs, waits for them, and lists their trials."""

    def __init__(self, jobs: PlainJobs) -> None:
        self.jobs, self.client = jobs, jobs.aws.client("sagemaker")

    def definition(self, script: str = PARABOLA, **members: Any) -> dict[str, Any]:
        request = self.jobs.request(script)
        for name in ("TrainingJobName", "HyperParameters"):
            request.pop(name, None)
        request["AlgorithmSpecification"]["MetricDefinitions"] = [LOSS]
        return {**request, **members}

    def start(
        self,
        script: str = PARABOLA,
        ranges: dict[str, Any] | None = None,
        limits: dict[str, int] | None = None,
        definition: dict[str, Any] | None = None,
        top: dict[str, Any] | None = None,
        **config: Any,
    ) -> str:
        name = f"tune-{uuid.uuid4().hex[:8]}"
        self.client.create_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=name,
            HyperParameterTuningJobConfig={
                "Strategy": "Random",
                "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "loss"},
                "ResourceLimits": {"MaxNumberOfTrainingJobs": 3, "MaxParallelTrainingJobs": 2, **(limits or {})},
                "ParameterRanges": ranges or {"ContinuousParameterRanges": [X]},
                **config,
            },
            TrainingJobDefinition={**self.definition(script), **(definition or {})},
            **(top or {}),
        )
        return name

    def describe(self, name: str) -> Any:
        return self.client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)

    def wait(self, name: str, seconds: float = 60) -> Any:
        deadline = time.monotonic() + seconds
        while (job := self.describe(name))["HyperParameterTuningJobStatus"] not in OVER:
            assert time.monotonic() < deadline, job
            time.sleep(0.05)
        return job

    def run(self, *arguments: Any, **members: Any) -> Any:
        return self.wait(self.start(*arguments, **members))

    def trials(self, job: dict[str, Any], **query: Any) -> Any:
        name = job["HyperParameterTuningJobName"]
        response = self.client.list_training_jobs_for_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=name, **{"MaxResults": 100, **query}
        )
        return response["TrainingJobSummaries"]

    def tuned(self, job: dict[str, Any]) -> list[dict[str, str]]:
        return [item["TunedHyperParameters"] for item in self.trials(job)]


def value(summary: dict[str, Any]) -> Any:
    return summary["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
