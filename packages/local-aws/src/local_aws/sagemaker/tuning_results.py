"""The results of a tuning job's training jobs: summaries, counters, and the best job."""

from __future__ import annotations

from typing import Any

from local_aws.api.store import Record
from local_aws.sagemaker.job_run import FINISHED
from local_aws.sagemaker.tuning_requests import Definition

Summary = dict[str, Any]
COPIED = ("TrainingJobName", "TrainingJobArn", "CreationTime", "TrainingStartTime", "TrainingEndTime", "FailureReason")
IDENTICAL = "IdenticalDataAndAlgorithm"


class Results:
    """The summaries of one tuning job, in launch order; `publish` puts them into its record."""

    def __init__(self, record: Record, definitions: list[Definition]) -> None:
        self._record = record
        self._maximize = {definition.name: definition.maximize for definition in definitions}
        self._entries: list[tuple[Definition, Record, dict[str, str]]] = []
        self.not_improving = 0
        """How many jobs in a row did not improve on the best one before them."""

    def add(self, definition: Definition, training: Record, tuned: dict[str, str]) -> None:
        """Add a launched training job."""
        self._entries.append((definition, training, tuned))
        self.publish()

    def finish(self, definition: Definition, training: Record) -> float | None:
        """Record that a training job has ended; returns its objective, or None if it failed."""
        value = _objective(definition, training)
        others = [_objective(*entry[:2]) for entry in self._entries if entry[1] is not training]
        objectives = [other for other in others if other is not None]
        best = (max if definition.maximize else min)(objectives) if objectives else None
        better = value is not None and (best is None or (value > best if definition.maximize else value < best))
        self.not_improving = 0 if better else self.not_improving + 1
        return value

    def publish(self) -> None:
        """Update the tuning job's record."""
        summaries = [self._summary(*entry) for entry in self._entries]
        best = _best(summaries, self._maximize)
        members: Summary = {
            "TrainingJobSummaries": summaries,
            "TrainingJobStatusCounters": _status_counters(summaries),
            "ObjectiveStatusCounters": _objective_counters(summaries),
            "BestTrainingJob": best,
        }
        if self._record.details.get("WarmStartConfig", {}).get("WarmStartType") == IDENTICAL:
            everything = [*self._record.details["ParentResults"], *summaries]
            members["OverallBestTrainingJob"] = _best(everything, self._maximize)
        if any(self._record.details.get(name) != value for name, value in members.items()):
            self._record.update(**members)

    def reached(self, target: float) -> bool:
        """Whether the best objective is at least as good as ``target``."""
        best = self._record.details.get("BestTrainingJob")
        if best is None:
            return False
        value = final_value(best)
        return value >= target if self._maximize[best.get("TrainingJobDefinitionName")] else value <= target

    @property
    def succeeded(self) -> int:
        """Number of training jobs with an objective."""
        return int(self._record.details["ObjectiveStatusCounters"]["Succeeded"])

    @property
    def failed(self) -> int:
        """Number of ended training jobs without an objective."""
        return int(self._record.details["ObjectiveStatusCounters"]["Failed"])

    def _summary(self, definition: Definition, training: Record, tuned: dict[str, str]) -> Summary:
        details = training.details
        value = _objective(definition, training)
        kind = "Maximize" if definition.maximize else "Minimize"
        metric = {"Type": kind, "MetricName": definition.objective, "Value": value}
        over = details["TrainingJobStatus"] in FINISHED
        return {
            **{name: details[name] for name in COPIED if name in details},
            **definition.label,
            "TuningJobName": self._record.name,
            "TrainingJobStatus": details["TrainingJobStatus"],
            "TunedHyperParameters": tuned,
            "ObjectiveStatus": "Pending" if not over else "Failed" if value is None else "Succeeded",
            **({} if value is None else {"FinalHyperParameterTuningJobObjectiveMetric": metric}),
        }


def final_value(summary: Summary) -> float:
    """The objective of a training job that has one."""
    return float(summary["FinalHyperParameterTuningJobObjectiveMetric"]["Value"])


def _objective(definition: Definition, training: Record) -> float | None:
    """The last value of the objective, if the job has ended and did not fail."""
    if training.details["TrainingJobStatus"] not in ("Completed", "Stopped"):
        return None
    metrics = training.details.get("FinalMetricDataList", ())
    return next((item["Value"] for item in metrics if item["MetricName"] == definition.objective), None)


def _best(summaries: list[Summary], maximize: dict[str | None, bool]) -> Summary | None:
    succeeded = [item for item in summaries if item["ObjectiveStatus"] == "Succeeded"]
    if not succeeded:
        return None
    direction = next(iter(maximize.values()))  # several definitions are compared in the first one's direction
    return (max if direction else min)(succeeded, key=final_value)


def _status_counters(summaries: list[Summary]) -> dict[str, int]:
    statuses = [item["TrainingJobStatus"] for item in summaries]
    failures = [item.get("FailureReason", "") for item in summaries if item["TrainingJobStatus"] == "Failed"]
    internal = sum(reason.startswith("InternalServerError") for reason in failures)
    return {
        "Completed": statuses.count("Completed"),
        "InProgress": statuses.count("InProgress") + statuses.count("Stopping"),
        "RetryableError": internal,
        "NonRetryableError": len(failures) - internal,
        "Stopped": statuses.count("Stopped"),
    }


def _objective_counters(summaries: list[Summary]) -> dict[str, int]:
    statuses = [item["ObjectiveStatus"] for item in summaries]
    return {name: statuses.count(name) for name in ("Succeeded", "Pending", "Failed")}
