"""The run of one execution, in a separate thread: starts each step once what it waits for has succeeded.

After a failure no further step starts, and running ones go on to their end (AWS does not document what it does).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local_aws.api.store import Record
from local_aws.context import Context
from local_aws.files.reasons import fault
from local_aws.sagemaker.supervising_run import SupervisingRun
from local_aws.sagemaker.workflows.definition import Definition, Step
from local_aws.sagemaker.workflows.execution_events import publish_execution_change, publish_step_change
from local_aws.sagemaker.workflows.expressions import UnresolvedError
from local_aws.sagemaker.workflows.step_policies import CAPACITY_ERRORS, cache_key, retry_policies, seconds
from local_aws.sagemaker.workflows.step_types import CONDITION
from local_aws.sagemaker.workflows.step_work import WORK, CallbackWork, StepOutcome, StepWork
from local_aws.sagemaker.workflows.values import Values

log = logging.getLogger("local_aws.pipelines")

LOOK_SECONDS = 0.05
MOST_PARALLEL = 50
"""Steps at the same time without a ParallelismConfiguration: as many as a pipeline can have."""
FAILED_STEPS = "Step failure: One or multiple steps failed"
ENDED = ("Succeeded", "Failed", "Stopped")
MAX_REASON = 1024
"""The longest FailureReason of a PipelineExecutionStep."""


@dataclass
class _Running:
    """An attempt of a step, or the wait for the next one."""

    step: Step
    work: StepWork
    start_time: float
    retries: int = 0
    next_attempt: float | None = None


class ExecutionRun(SupervisingRun):
    """One run of a pipeline."""

    def __init__(
        self,
        context: Context,
        record: Record,
        definition: Definition,
        parameters: dict[str, Any],
        earlier: Callable[[str, str, float], dict[str, Any] | None],
        ended: Callable[[], object],
    ) -> None:
        super().__init__(f"pipeline {record.name}", ended)
        self._context, self.record, self._definition, self._earlier = context, record, definition, earlier
        role = record.details["RoleArn"]
        self._values = Values(
            record, definition, parameters, lambda service: context.client(service, record.scope, role)
        )
        self._running: dict[str, _Running] = {}

    def submit(self) -> None:
        """Start the run."""
        publish_execution_change(self._context, self.record, None)
        super().submit()

    def callback(self, token: str) -> CallbackWork | None:
        """The step that waits for this token, or None."""
        for running in list(self._running.values()):
            if isinstance(running.work, CallbackWork) and getattr(running.work, "token", None) == token:
                return running.work
        return None

    def _run(self) -> None:
        try:
            status, reason = self._execute()
        except Exception as error:  # the thread's last resort: the client must see the reason
            log.exception("pipeline execution %s", self.record.name)
            status, reason = "Failed", fault(error)
            if not self._abandoned:
                self._give_up(reason)
        if not self._abandoned:
            self._change(status, FailureReason=reason)
        self._ended()

    def _execute(self) -> tuple[str, str | None]:
        """Run the steps; returns the execution's last status, and why it failed."""
        told_to_stop = False
        while not self._abandoned:
            if self._stopping.is_set() and not told_to_stop:
                told_to_stop = True
                self._stop_steps()
            self._look()
            failed = any(state["StepStatus"] == "Failed" for state in self._states())
            ready = [] if failed or told_to_stop else self._ready()
            for step in ready:
                self._start(step)
            if not self._running and not ready:
                break
            if not ready:
                time.sleep(LOOK_SECONDS)
        if any(state["StepStatus"] == "Failed" for state in self._states()):
            return "Failed", FAILED_STEPS
        if told_to_stop or any(state["StepStatus"] == "Stopped" for state in self._states()):
            return "Stopped", None
        return "Succeeded", None

    def _give_up(self, reason: str) -> None:
        """Stop what runs, and end its steps, because nothing looks at them any more."""
        for running in self._running.values():
            try:
                running.work.stop()
            except Exception:  # the others have to be stopped all the same
                log.exception("pipeline step %s", running.step.name)
        self._running.clear()
        for state in self._states():
            if state["StepStatus"] not in ENDED:
                ended = {"StepStatus": "Failed", "EndTime": time.time(), "FailureReason": reason[:MAX_REASON]}
                self._update(state["StepName"], **ended)

    def _ready(self) -> list[Step]:
        """The steps that can start now, no more than may run at once."""
        states = {state["StepName"]: state for state in self._states()}
        succeeded = {name for name, state in states.items() if state["StepStatus"] == "Succeeded"}
        ready = [
            step
            for name, step in self._definition.steps.items()
            if name not in states and step.waits_for <= succeeded and _is_chosen(step, states)
        ]
        parallel = self.record.details.get("ParallelismConfiguration", {}).get("MaxParallelExecutionSteps")
        return ready[: max((parallel or MOST_PARALLEL) - len(self._running), 0)]

    def _start(self, step: Step) -> None:
        details = {"StepDisplayName": "DisplayName", "StepDescription": "Description"}
        descriptions = {member: step.definition[own] for member, own in details.items() if step.definition.get(own)}
        state = {"StepName": step.name, "StepType": step.type, "StepStatus": "Starting", "StartTime": time.time()}
        self.record.update(Steps=[*self._states(), {**state, **descriptions, "AttemptCount": 1}])
        publish_step_change(self._context, self.record, self._state(step.name), None)
        work = WORK[step.type](self._values, self._context.store, step)
        running = self._running[step.name] = _Running(step, work, time.monotonic())
        self._update(step.name, StepStatus="Executing")
        self._attempt(running)

    def _attempt(self, running: _Running) -> None:
        try:
            if running.retries == 0 and self._reuse(running.step):
                return
            outcome = running.work.start()
        except UnresolvedError as error:
            outcome = StepOutcome("Failed", f"ClientError: {error}.")
        except Exception as error:  # one step must not end the others
            log.exception("pipeline step %s", running.step.name)
            outcome = StepOutcome("Failed", fault(error))
        if outcome is None:
            self._update(running.step.name, **running.work.metadata)
        else:
            self._end(running, outcome)

    def _reuse(self, step: Step) -> bool:
        """Take the result of an earlier execution, if the step is cached."""
        config = step.definition.get("CacheConfig") or {}
        try:
            key = cache_key(step.type, step.name, self._values.resolved(step.arguments))
        except UnresolvedError:
            return False
        self._update(step.name, CacheKey=key)
        if key is None or not config.get("Enabled"):
            return False
        state = self._earlier(step.name, key, time.time() - float(seconds(config["ExpireAfter"]) or 0))
        if state is None:
            return False
        self._running.pop(step.name)
        earlier_result = {member: state[member] for member in ("Metadata", "Properties", "CacheHitResult")}
        self._update(step.name, StepStatus="Succeeded", EndTime=time.time(), AttemptCount=None, **earlier_result)
        return True

    def _look(self) -> None:
        for running in list(self._running.values()):
            if running.next_attempt is None:
                if outcome := running.work.look():
                    self._end(running, outcome)
            elif time.monotonic() >= running.next_attempt:
                running.next_attempt = None
                running.work = WORK[running.step.type](self._values, self._context.store, running.step)
                self._update(running.step.name, AttemptCount=running.retries + 1)
                self._attempt(running)

    def _end(self, running: _Running, outcome: StepOutcome) -> None:
        if outcome.status == "Failed" and (delay := self._delay(running, outcome.exception)) is not None:
            running.retries += 1
            running.next_attempt = time.monotonic() + delay
            return
        self._running.pop(running.step.name, None)
        reason = outcome.reason and outcome.reason[:MAX_REASON]
        members = {"StepStatus": outcome.status, "EndTime": time.time(), "FailureReason": reason}
        self._update(running.step.name, **members, **outcome.members)

    def _delay(self, running: _Running, exception: str | None) -> float | None:
        """Seconds before the step is tried again; None if it is not."""
        names = set(CAPACITY_ERRORS) if exception in CAPACITY_ERRORS else {exception}
        clock = self._context.clock
        for policy in retry_policies(running.step.definition):
            if names & set(policy.exceptions) and not self._stopping.is_set():
                elapsed = (time.monotonic() - running.start_time) * clock.speed
                delay = policy.delay(running.retries, elapsed)
                return None if delay is None else clock.seconds(delay)
        return None

    def _stop_steps(self) -> None:
        for running in list(self._running.values()):
            self._update(running.step.name, StepStatus="Stopping")
            if running.next_attempt is not None:
                self._end(running, StepOutcome("Stopped"))
            else:
                running.work.stop()

    def _states(self) -> list[dict[str, Any]]:
        return list(self.record.details["Steps"])

    def _state(self, name: str) -> dict[str, Any]:
        return next(state for state in self._states() if state["StepName"] == name)

    def _update(self, name: str, **members: Any) -> None:
        """Change a step's state; a value of None removes a member."""
        before = self._state(name)
        changed = {key: part for key, part in {**before, **members}.items() if part is not None}
        self.record.update(Steps=[changed if state["StepName"] == name else state for state in self._states()])
        if changed["StepStatus"] != before["StepStatus"]:
            publish_step_change(self._context, self.record, changed, before["StepStatus"])

    def _change(self, status: str, **members: Any) -> None:
        before = self.record.details["PipelineExecutionStatus"]
        self.record.update(PipelineExecutionStatus=status, **members)
        publish_execution_change(self._context, self.record, before)


def _is_chosen(step: Step, states: dict[str, dict[str, Any]]) -> bool:
    """Whether the step's Condition step has decided for its branch."""
    if step.branch is None:
        return True
    condition, outcome = step.branch
    return bool(states[condition]["Metadata"][CONDITION]["Outcome"] == str(outcome))
