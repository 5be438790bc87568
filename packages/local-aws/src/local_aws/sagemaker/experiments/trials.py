"""Experiments and their trials in the API: create, describe, update, list, delete."""

from __future__ import annotations

from collections.abc import Iterable

from local_aws.api.errors import validation_error
from local_aws.api.paging import Filters, list_operation
from local_aws.api.service import Scope
from local_aws.api.store import Record
from local_aws.context import Context
from local_aws.sagemaker.experiments.experiment_kinds import EXPERIMENT, TRIAL, TRIAL_COMPONENT
from local_aws.sagemaker.resources import Request, Resources


class Tracked(Resources):
    """What the three kinds share: a display name, by default the name, and a deletion from the inside out."""

    parts: str = ""
    """What has to be deleted first, or disassociated."""

    def delete(self, scope: Scope, request: Request) -> Request:
        """Delete: refused while parts remain; the words are ours."""
        record = self._get(scope, request)
        if users := sorted(self._users(record)):
            raise validation_error(f"{self.kind.member} '{record.arn}' has {self.parts}: {', '.join(users)}.")
        self._context.store.remove(record)
        return {self.kind.arn_member: record.arn}

    def _details(self, scope: Scope, request: Request) -> Request:
        own = {"DisplayName": request[self.kind.name_member], "CreatedBy": {}, "LastModifiedBy": {}}
        return {**own, **super()._details(scope, request)}


class Experiments(Tracked):
    """The operations of experiments."""

    kind = EXPERIMENT
    parts = "trials, which must be deleted first"

    def _users(self, record: Record) -> Iterable[str]:
        trials = self._context.store.all(TRIAL, record.scope)
        return [trial.name for trial in trials if trial.details["ExperimentName"] == record.name]


class Trials(Tracked):
    """The operations of trials."""

    kind = TRIAL
    parts = "trial components, which must be disassociated first"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        filters: Filters = {
            "ExperimentName": lambda trial, name: trial.details["ExperimentName"] == name,
            "TrialComponentName": lambda trial, name: trial.name in self._trials_of(trial.scope, name),
        }
        self._listed = list_operation(context.store, TRIAL, "ListTrials", filters=filters)

    def list(self, scope: Scope, request: Request) -> Request | None:
        """ListTrials: what it is limited to must exist."""
        for kind in (EXPERIMENT, TRIAL_COMPONENT):
            if name := request.get(kind.name_member):
                self._context.store.get(kind, scope, name)
        return super().list(scope, request)

    def _details(self, scope: Scope, request: Request) -> Request:
        self._context.store.get(EXPERIMENT, scope, request["ExperimentName"])
        return super()._details(scope, request)

    def _users(self, record: Record) -> Iterable[str]:
        components = self._context.store.all(TRIAL_COMPONENT, record.scope)
        return [component.name for component in components if record.name in trial_names(component)]

    def _trials_of(self, scope: Scope, component: str) -> set[str]:
        return trial_names(self._context.store.get(TRIAL_COMPONENT, scope, component))


def trial_names(component: Record) -> set[str]:
    """The trials with which a component is associated."""
    return {parent["TrialName"] for parent in component.details["Parents"]}
