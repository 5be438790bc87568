"""Search: resources of one kind by what Describe says of them. `search_filters` decides the expressions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from botocore.model import StructureShape

from local_aws.api.errors import not_implemented, validation_error
from local_aws.api.paging import offset
from local_aws.api.service import Operation, Scope, service_model
from local_aws.api.store import Kind, Record
from local_aws.context import Context
from local_aws.sagemaker import kinds
from local_aws.sagemaker.experiments.descriptions import searched
from local_aws.sagemaker.experiments.experiment_kinds import EXPERIMENT, TRIAL, TRIAL_COMPONENT
from local_aws.sagemaker.search_filters import check_expression, matches, property_type, property_values
from local_aws.sagemaker.workflows.workflow_kinds import PIPELINE, PIPELINE_EXECUTION

PAGE = 10
"""Results without MaxResults; AWS does not document how many."""
MAX_HITS = 10_000
UNSUPPORTED = ("CrossAccountFilterOption", "VisibilityConditions")
SEARCHED: dict[str, tuple[Kind, str]] = {
    "TrainingJob": (kinds.TRAINING_JOB, "TrainingJob"),
    "HyperParameterTuningJob": (kinds.TUNING_JOB, "HyperParameterTuningJob"),
    "Endpoint": (kinds.ENDPOINT, "Endpoint"),
    "ModelPackage": (kinds.MODEL_PACKAGE, "ModelPackage"),
    "ModelPackageGroup": (kinds.MODEL_PACKAGE_GROUP, "ModelPackageGroup"),
    "Pipeline": (PIPELINE, "Pipeline"),
    "PipelineExecution": (PIPELINE_EXECUTION, "PipelineExecution"),
    "Experiment": (EXPERIMENT, "Experiment"),
    "ExperimentTrial": (TRIAL, "Trial"),
    "ExperimentTrialComponent": (TRIAL_COMPONENT, "TrialComponent"),
}
"""The kind and the member of SearchRecord, by the request's Resource."""


class Search:
    """The operation."""

    def __init__(self, context: Context) -> None:
        self._store = context.store
        record = service_model("sagemaker").shape_for("SearchRecord")
        assert isinstance(record, StructureShape)  # noqa: S101 (as the model says)
        self._shapes = record.members

    def operations(self) -> dict[str, Operation]:
        """The operations, by AWS's names."""
        return {"Search": self.search}

    def recover(self) -> None:
        """Nothing: a search has no status."""

    def search(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        """Search: the newest change first unless the request says otherwise."""
        kind, member, shape = self._searched(request)
        expression = request.get("SearchExpression")
        if expression is not None:
            check_expression(shape, expression)
        by = request.get("SortBy", "LastModifiedTime")
        if by not in ("LastModifiedTime", "CreationTime"):
            _check_order(shape, by)
        everything = [self._members(record) for record in self._store.all(kind, scope)]
        hits = [members for members in everything if expression is None or matches(shape, members, expression)]
        hits.sort(key=_order(by), reverse=request.get("SortOrder", "Descending") == "Descending")
        unknown = validation_error("The token in the request is not valid: use one that Search gave.")
        start = offset(request.get("NextToken"), unknown)
        end = start + int(request.get("MaxResults", PAGE))
        response: dict[str, Any] = {
            "Results": [{member: members} for members in hits[start:end]],
            "TotalHits": {"Value": min(len(hits), MAX_HITS), "Relation": "EqualTo"},
        }
        return {**response, "NextToken": str(end)} if end < len(hits) else response

    def _members(self, record: Record) -> dict[str, Any]:
        tags = [{"Key": key, "Value": value} for key, value in record.tags.items()]
        return {**searched(self._store, record), "Tags": tags}

    def _searched(self, request: Mapping[str, Any]) -> tuple[Kind, str, StructureShape]:
        for name in UNSUPPORTED:
            if request.get(name) not in (None, "SameAccount"):
                raise not_implemented(f"Search with {name}: search the caller's account without it")
        resource = request["Resource"]
        if resource not in SEARCHED:
            raise not_implemented(f"Search for {resource}: it finds {', '.join(sorted(SEARCHED))}")
        kind, member = SEARCHED[resource]
        shape = self._shapes[member]
        assert isinstance(shape, StructureShape)  # noqa: S101 (as the model says)
        return kind, member, shape


def _check_order(shape: StructureShape, name: str) -> None:
    """Raise for a property without an order. AWS does not document its words."""
    if property_type(shape, name) in ("structure", "map", "list"):
        raise validation_error(f"Property '{name}' of resource {shape.name} has no single value to sort by.")


def _order(name: str) -> Callable[[dict[str, Any]], tuple[bool, Any]]:
    """The key of a sort by a property; what lacks it comes as if it were the smallest."""

    def key(members: dict[str, Any]) -> tuple[bool, Any]:
        values = property_values(members, name)
        return (True, values[0]) if values else (False, 0)

    return key
