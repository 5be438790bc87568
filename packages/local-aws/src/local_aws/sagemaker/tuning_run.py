"""The run of one tuning job, in a separate thread: parallel training jobs, until enough have run.

The training jobs are ordinary ones: ListTrainingJobs returns them, and they wait in the same queue.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local_aws.api.errors import AwsError
from local_aws.api.store import Record
from local_aws.context import Context
from local_aws.sagemaker.events import publish_state_change
from local_aws.sagemaker.job_run import FINISHED
from local_aws.sagemaker.supervising_run import SupervisingRun
from local_aws.sagemaker.training_jobs import TrainingJobs
from local_aws.sagemaker.training_run import TrainingRun
from local_aws.sagemaker.tuning_requests import Definition, definitions, hyperband, job_limit
from local_aws.sagemaker.tuning_results import Results, final_value
from local_aws.sagemaker.tuning_search import Search, Trial

log = logging.getLogger("local_aws.tuning")

LOOK_SECONDS = 0.05
ATTEMPTS = 5
"""SageMaker gives up after this many failures without a success."""
GIVEN_UP = (
    f"No training job succeeded after {ATTEMPTS} attempts. "
    "Please take a look at the training job failures to get more details."
)
ALL_FAILED = "All training jobs failed. Please take a look at the training jobs failures to get more details."


@dataclass
class _Running:
    """A training job that has not ended."""

    definition: Definition
    search: Search
    trial: Trial
    record: Record
    run: TrainingRun | None
    stopped: bool = False


class TuningRun(SupervisingRun):
    """One run; to stop it is StopHyperParameterTuningJob."""

    def __init__(self, context: Context, record: Record, jobs: TrainingJobs, ended: Callable[[], object]) -> None:
        super().__init__(f"tuning {record.name}", ended)
        self._context, self._record, self._jobs = context, record, jobs
        self._config: dict[str, Any] = record.details["HyperParameterTuningJobConfig"]
        self._definitions = definitions(record.details)
        self._results = Results(record, self._definitions)
        self._running: list[_Running] = []
        self._launched = 0

    def submit(self) -> None:
        """Start the run."""
        publish_state_change(self._context, self._record)
        super().submit()

    def _run(self) -> None:
        try:
            status, reason = self._tune()
        except AwsError as error:
            status, reason = "Failed", error.message
        except Exception as error:  # the thread's last resort: the client must see the reason
            log.exception("tuning job %s", self._record.name)
            status, reason = "Failed", f"InternalServerError: {error}"
        if not self._abandoned:
            self._change(status, FailureReason=reason, HyperParameterTuningEndTime=time.time())
        self._ended()

    def _tune(self) -> tuple[str, str | None]:
        """Run the training jobs; returns the tuning job's last status, and why it failed."""
        searches = [(definition, self._search(definition)) for definition in self._definitions]
        limit = job_limit(self._config, self._definitions)
        parallel = self._config["ResourceLimits"]["MaxParallelTrainingJobs"]
        enough = False
        while not self._stopping.is_set():
            while not enough and self._launched < limit and len(self._running) < parallel:
                self._launch(*searches[self._launched % len(searches)])
            self._look()
            enough = enough or self._has_enough()
            if self._is_late():
                self._end_running()
                return "Stopped", None
            if not self._running and (enough or self._launched >= limit):
                break
            time.sleep(LOOK_SECONDS)
        if self._stopping.is_set():
            self._end_running()
            return "Stopped", None
        if self._results.succeeded:
            return "Completed", None
        return "Failed", GIVEN_UP if self._launched < limit or limit == ATTEMPTS else ALL_FAILED

    def _search(self, definition: Definition) -> Search:
        search = Search(
            self._config["Strategy"],
            definition.space,
            maximize=definition.maximize,
            seed=self._config.get("RandomSeed"),
            hyperband=hyperband(self._config, definition),
            early_stopping=self._config.get("TrainingJobEarlyStoppingType") == "Auto",
            parallel=self._config["ResourceLimits"]["MaxParallelTrainingJobs"],
        )
        for earlier in self._record.details["ParentResults"]:
            if "FinalHyperParameterTuningJobObjectiveMetric" in earlier:
                search.learn(earlier["TunedHyperParameters"], final_value(earlier))
        return search

    def _launch(self, definition: Definition, search: Search) -> None:
        trial = search.ask()
        self._launched += 1
        name = f"{self._record.name}-{self._launched:03}-{uuid.uuid4().hex[:8]}"
        tags = [{"Key": key, "Value": value} for key, value in self._record.tags.items()]
        request = definition.training_request(name, trial.parameters, tags)
        record = self._jobs.launch(self._record.scope, request, TuningJobArn=self._record.arn)
        self._running.append(_Running(definition, search, trial, record, self._jobs.run_of(record)))
        self._results.add(definition, record, trial.parameters)

    def _look(self) -> None:
        """Read the status and metrics of every running job."""
        for item in list(self._running):
            over = item.record.details["TrainingJobStatus"] in FINISHED
            values = item.run.metric(item.definition.objective) if item.run else []
            if item.search.report(item.trial, values) and not over and not item.stopped:
                self._end_job(item)
            if over:
                self._running.remove(item)
                item.search.tell(item.trial, self._results.finish(item.definition, item.record))
        self._results.publish()

    def _has_enough(self) -> bool:
        """Whether to launch no further job, before the allowed number is reached."""
        criteria = self._config.get("TuningJobCompletionCriteria", {})
        target = criteria.get("TargetObjectiveMetricValue")
        patience = criteria.get("BestObjectiveNotImproving", {}).get("MaxNumberOfTrainingJobsNotImproving")
        return (
            (self._results.failed >= ATTEMPTS and not self._results.succeeded)
            or (target is not None and self._results.reached(target))
            or (patience is not None and self._results.not_improving >= patience)
        )

    def _is_late(self) -> bool:
        longest = self._config["ResourceLimits"].get("MaxRuntimeInSeconds")
        return longest is not None and time.time() > self._record.details["CreationTime"] + longest

    def _end_running(self) -> None:
        while self._running and not self._abandoned:
            for item in self._running:
                if not item.stopped:
                    self._end_job(item)
            time.sleep(LOOK_SECONDS)
            self._look()

    def _end_job(self, item: _Running) -> None:
        item.stopped = True
        if run := self._jobs.run_of(item.record):
            run.stop()

    def _change(self, status: str, **members: Any) -> None:
        consumed = {"RuntimeInSeconds": round(time.time() - self._record.details["CreationTime"])}
        self._record.update(HyperParameterTuningJobStatus=status, ConsumedResources=consumed, **members)
        publish_state_change(self._context, self._record)
