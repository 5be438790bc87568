"""Trial components: what was tried, with parameters, artifacts and metrics; and the trials that they are part of.

Note: a component's trials are the member Parents of its record, as Search has them; Describe does not show them.
"""

from __future__ import annotations

from collections.abc import Iterable

from local_aws.api.errors import validation_error
from local_aws.api.paging import Filters, list_operation
from local_aws.api.service import Operation, Scope
from local_aws.api.store import Record
from local_aws.context import Context
from local_aws.sagemaker.experiments.component_metrics import forget
from local_aws.sagemaker.experiments.descriptions import described
from local_aws.sagemaker.experiments.experiment_kinds import EXPERIMENT, TRIAL, TRIAL_COMPONENT
from local_aws.sagemaker.experiments.trials import Tracked, trial_names
from local_aws.sagemaker.resources import Request

LIMITS = {"Parameters": 300, "InputArtifacts": 60, "OutputArtifacts": 60}
"""How many entries each map can have, as CreateTrialComponent's model says."""
EXCLUSIVE = ("ExperimentName", "TrialName", "SourceArn")
"""Filters of ListTrialComponents of which a request can have one."""


class TrialComponents(Tracked):
    """The operations."""

    kind = TRIAL_COMPONENT
    parts = "trials, from which it must be disassociated first"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        filters: Filters = {
            "ExperimentName": lambda record, name: any(
                parent["ExperimentName"] == name for parent in record.details["Parents"]
            ),
            "TrialName": lambda record, name: name in trial_names(record),
            "SourceArn": lambda record, arn: record.details.get("Source", {}).get("SourceArn") == arn,
        }
        self._listed = list_operation(
            context.store,
            TRIAL_COMPONENT,
            "ListTrialComponents",
            filters=filters,
            summarized=lambda record: described(context.store, record),
        )

    def operations(self) -> dict[str, Operation]:
        """Also those of a component's trials."""
        own: dict[str, Operation] = {
            "AssociateTrialComponent": self.associate,
            "DisassociateTrialComponent": self.disassociate,
        }
        return {**super().operations(), **own}

    def describe(self, scope: Scope, request: Request) -> Request:
        """DescribeTrialComponent."""
        return described(self._context.store, self._get(scope, request))

    def update(self, scope: Scope, request: Request) -> Request:
        """UpdateTrialComponent: entries are added to the maps or replaced, other members replaced."""
        record = self._get(scope, request)
        changes: Request = {
            name: request[name] for name in ("DisplayName", "Status", "StartTime", "EndTime") if name in request
        }
        removed = {
            "Parameters": request.get("ParametersToRemove", ()),
            "InputArtifacts": request.get("InputArtifactsToRemove", ()),
            "OutputArtifacts": request.get("OutputArtifactsToRemove", ()),
        }
        for name, limit in LIMITS.items():
            entries = {**record.details.get(name, {}), **request.get(name, {})}
            changes[name] = {key: entries[key] for key in entries if key not in removed[name]}
            if len(changes[name]) > limit:
                raise validation_error(f"TrialComponent '{record.arn}' can have at most {limit} {name}.")
        record.update(**changes)
        return {"TrialComponentArn": record.arn}

    def delete(self, scope: Scope, request: Request) -> Request:
        """DeleteTrialComponent: its metrics go with it."""
        record = self._get(scope, request)
        response = super().delete(scope, request)
        forget(self._context.store, record)
        return response

    def list(self, scope: Scope, request: Request) -> Request | None:
        """ListTrialComponents."""
        if len([name for name in EXCLUSIVE if name in request]) > 1:
            raise validation_error(f"You can filter by only one of {', '.join(EXCLUSIVE)}.")
        for kind in (EXPERIMENT, TRIAL):
            if name := request.get(kind.name_member):
                self._context.store.get(kind, scope, name)
        return super().list(scope, request)

    def associate(self, scope: Scope, request: Request) -> Request:
        """AssociateTrialComponent: again with the same trial changes nothing."""
        trial, component = self._pair(scope, request)
        associate(component, trial)
        return {"TrialArn": trial.arn, "TrialComponentArn": component.arn}

    def disassociate(self, scope: Scope, request: Request) -> Request:
        """DisassociateTrialComponent."""
        trial, component = self._pair(scope, request)
        if trial.name not in trial_names(component):
            raise validation_error(f"TrialComponent '{component.arn}' is not associated with Trial '{trial.arn}'.")
        component.update(
            Parents=[parent for parent in component.details["Parents"] if parent["TrialName"] != trial.name]
        )
        return {"TrialArn": trial.arn, "TrialComponentArn": component.arn}

    def _pair(self, scope: Scope, request: Request) -> tuple[Record, Record]:
        return self._context.store.get(TRIAL, scope, request["TrialName"]), self._get(scope, request)

    def _get(self, scope: Scope, request: Request) -> Record:
        """The component, by its name or its ARN."""
        prefix = scope.arn("sagemaker", f"{TRIAL_COMPONENT.arn_type}/")
        return super()._get(scope, {"TrialComponentName": request["TrialComponentName"].removeprefix(prefix)})

    def _details(self, scope: Scope, request: Request) -> Request:
        return {**super()._details(scope, request), "Parents": []}

    def _users(self, record: Record) -> Iterable[str]:
        return trial_names(record)


def associate(component: Record, trial: Record) -> None:
    """Make a component part of a trial."""
    if trial.name not in trial_names(component):
        parent = {"TrialName": trial.name, "ExperimentName": trial.details["ExperimentName"]}
        component.update(Parents=[*component.details["Parents"], parent])
