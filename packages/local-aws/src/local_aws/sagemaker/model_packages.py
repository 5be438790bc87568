"""Model packages: versions of a model, each with its containers, metrics and approval; in a group, or unversioned."""

from __future__ import annotations

from typing import Any

from local_aws.api.errors import not_implemented, validation_error
from local_aws.api.paging import list_operation
from local_aws.api.service import Scope
from local_aws.api.store import Record, Store
from local_aws.sagemaker.events import publish_state_change
from local_aws.sagemaker.kinds import MODEL_PACKAGE, MODEL_PACKAGE_GROUP
from local_aws.sagemaker.model_package_groups import group_name, owner_letting_in
from local_aws.sagemaker.resources import Resources

NOT_KEPT = ("Tags", "ClientToken", "ModelPackageName", "ModelPackageGroupName")
OWN_FILTERS = ("ModelPackageGroupName", "ModelPackageType", "ModelApprovalStatus")
CHANGEABLE = ("ModelApprovalStatus", "ApprovalDescription", "InferenceSpecification", "SourceUri", "ModelCard")


def packaged(store: Store, scope: Scope, container: dict[str, Any]) -> dict[str, Any]:
    """A model's container, completed from the first container of the model package that it names, if any."""
    return all_packaged(store, scope, container)[0]


def all_packaged(store: Store, scope: Scope, container: dict[str, Any]) -> list[dict[str, Any]]:
    """A model's container, or those of the model package that it names, completed with what it says itself."""
    name = container.get("ModelPackageName")
    if name is None:
        return [container]
    record = store.get(MODEL_PACKAGE, scope, _key(scope, name))
    if record.details.get("ModelApprovalStatus", "Approved") != "Approved":
        raise validation_error(
            f"Cannot create a model from {record.arn}: it is {record.details['ModelApprovalStatus']}."
        )
    return [
        {**base, **container, "Environment": {**base.get("Environment", {}), **container.get("Environment", {})}}
        for base in record.details["InferenceSpecification"]["Containers"]
    ]


def _key(scope: Scope, name: str) -> str:
    """The store's key of a package from its name or ARN; one that nothing has for an ARN of another account or region.

    AWS makes a model of another account's version, where a group's policy allows sagemaker:CreateModel; here only its
    description is shared.
    """
    return name.removeprefix(scope.arn("sagemaker", "model-package/"))


class ModelPackages(Resources):
    """The operations. A version is named `<group>/<number>`, as in its ARN; numbers are never reused."""

    kind = MODEL_PACKAGE

    def create(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        """CreateModelPackage: a version in a group, or an unversioned package with a name."""
        group = request.get("ModelPackageGroupName")
        if (group is None) == ("ModelPackageName" not in request):
            raise validation_error("Exactly one of ModelPackageGroupName and ModelPackageName must be given.")
        if "InferenceSpecification" not in request:
            raise not_implemented("a model package without an InferenceSpecification")
        members = {key: value for key, value in request.items() if key not in NOT_KEPT}
        details = {
            **members,
            "ModelPackageStatus": "Completed",
            "ModelPackageStatusDetails": {"ValidationStatuses": []},
        }
        name = str(request.get("ModelPackageName"))
        if group is not None:
            if group.startswith("arn:") and group.split(":")[4] != scope.account:
                raise not_implemented("a version in another account's model package group")
            group = group_name(scope, group)
            self._context.store.get(MODEL_PACKAGE_GROUP, scope, group)
            version = self._context.store.next_number(scope.arn("sagemaker", f"model-package/{group}"))
            name = f"{group}/{version}"
            details |= {"ModelPackageGroupName": group, "ModelPackageVersion": version}
            details.setdefault("ModelApprovalStatus", "PendingManualApproval")
        record = self._context.store.create(MODEL_PACKAGE, scope, name, details, request.get("Tags", ()))
        record.update(ModelPackageName=group or name)
        self._tell(record)
        return {"ModelPackageArn": record.arn}

    def update(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        """UpdateModelPackage: approve, describe, add and remove properties."""
        record = self._get(scope, {"ModelPackageName": request["ModelPackageArn"]})
        properties = {
            **record.details.get("CustomerMetadataProperties", {}),
            **request.get("CustomerMetadataProperties", {}),
        }
        for key in request.get("CustomerMetadataPropertiesToRemove", ()):
            properties.pop(key, None)
        changes = {key: request[key] for key in CHANGEABLE if key in request}
        record.update(**changes, CustomerMetadataProperties=properties or None)
        self._tell(record)
        return {"ModelPackageArn": record.arn}

    def describe(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        """DescribeModelPackage: also of another account's version, if the group's policy lets the caller in."""
        return super().describe(self._owner(scope, request["ModelPackageName"], "DescribeModelPackage"), request)

    def list(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any] | None:
        """ListModelPackages: the versions of one group, or the unversioned packages."""
        name = request.get("ModelPackageGroupName", "")
        versions = name.replace(":model-package-group/", ":model-package/") + "/*"  # what a policy often names
        scope = self._owner(scope, name, "ListModelPackages", versions)
        group = group_name(scope, name)
        kind = request.get("ModelPackageType", "Versioned" if group else "Unversioned")

        def wanted(record: Record) -> bool:
            versioned = "ModelPackageVersion" in record.details
            approval = request.get("ModelApprovalStatus")
            return (
                (kind == "Both" or versioned == (kind == "Versioned"))
                and (not group or record.details.get("ModelPackageGroupName") == group)
                and (approval is None or record.details.get("ModelApprovalStatus") == approval)
            )

        page = {key: value for key, value in request.items() if key not in OWN_FILTERS}
        return list_operation(self._context.store, MODEL_PACKAGE, "ListModelPackages", only=wanted)(scope, page)

    def _owner(self, scope: Scope, name: str, operation: str, *besides: str) -> Scope:
        """The account of a group or a version, by its ARN; the caller's where it has only a name."""
        if not name.startswith("arn:"):
            return scope
        return owner_letting_in(self._context, scope, name, f"sagemaker:{operation}", *besides)

    def _get(self, scope: Scope, request: dict[str, Any]) -> Record:
        """The package, by its name or its ARN."""
        return super()._get(scope, {"ModelPackageName": _key(scope, request["ModelPackageName"])})

    def _tell(self, record: Record) -> None:
        publish_state_change(self._context, record)
