"""Model package groups: a name under which versions of a model are registered, and who in other accounts reads them."""

from __future__ import annotations

import json
from typing import Any

from local_aws.api.documents import as_list
from local_aws.api.errors import AwsError, validation_error
from local_aws.api.service import Operation, Scope
from local_aws.api.store import Record
from local_aws.context import Context
from local_aws.sagemaker.kinds import MODEL_PACKAGE_GROUP
from local_aws.sagemaker.resources import Request, Resources

POLICY = "ResourcePolicy"
"""The member of a group's record with its policy, which Describe doesn't show."""


class ModelPackageGroups(Resources):
    """The operations."""

    kind = MODEL_PACKAGE_GROUP

    def operations(self) -> dict[str, Operation]:
        """Also those of a group's policy."""
        return {
            **super().operations(),
            "PutModelPackageGroupPolicy": self._put_policy,
            "GetModelPackageGroupPolicy": self._get_policy,
            "DeleteModelPackageGroupPolicy": self._delete_policy,
        }

    def describe(self, scope: Scope, request: Request) -> Request:
        """DescribeModelPackageGroup: also of another account's group, if its policy lets the caller in."""
        name = request[self.kind.name_member]
        if name.startswith("arn:"):
            scope = owner_letting_in(self._context, scope, name, "sagemaker:DescribeModelPackageGroup")
        return super().describe(scope, request)

    def _get(self, scope: Scope, request: Request) -> Record:
        """The group, by its name or its ARN."""
        return super()._get(scope, {self.kind.name_member: group_name(scope, request[self.kind.name_member])})

    def _put_policy(self, scope: Scope, request: Request) -> Request:
        if not _is_policy(request[POLICY]):
            message = "The resource policy is not a policy in JSON, whose Statement has Effect, Principal and Action."
            raise validation_error(message)
        record = self._group(scope, request)
        record.update(**{POLICY: request[POLICY]})
        return {"ModelPackageGroupArn": record.arn}

    def _get_policy(self, scope: Scope, request: Request) -> Request:
        record = self._group(scope, request)
        if POLICY not in record.details:
            raise validation_error(f"Cannot find resource policy for: {record.arn}")
        return {POLICY: record.details[POLICY]}

    def _delete_policy(self, scope: Scope, request: Request) -> None:
        self._group(scope, request).update(**{POLICY: None})

    def _group(self, scope: Scope, request: Request) -> Record:
        """The group, or AWS's error of these operations, which CloudFormation's handler of the type knows too."""
        name = request[self.kind.name_member]
        record = self._context.store.find(self.kind, scope, name)
        if record is None:
            arn = scope.arn("sagemaker", f"model-package-group/{name}")
            raise validation_error(f"Cannot find Model Package Group: {arn}")
        return record

    def _details(self, scope: Scope, request: Request) -> Request:
        return {**super()._details(scope, request), "ModelPackageGroupStatus": "Completed", "CreatedBy": {}}


def _is_policy(text: str) -> bool:
    """Whether it is a policy that a resource can have, as far as its statements' elements go."""
    try:
        statements = as_list(json.loads(text)["Statement"])
    except (ValueError, TypeError, KeyError):
        return False
    return bool(statements) and all(map(_is_statement, statements))


def _is_statement(statement: Any) -> bool:
    return (
        isinstance(statement, dict)
        and statement.get("Effect") in ("Allow", "Deny")
        and all(bool(statement.get(name) or statement.get(f"Not{name}")) for name in ("Principal", "Action"))
    )


def group_name(scope: Scope, name: str) -> str:
    """A group's name, from that or its ARN; an ARN of another account or region, as which nothing is named, stays."""
    return name.removeprefix(scope.arn("sagemaker", "model-package-group/"))


def owner_letting_in(context: Context, scope: Scope, arn: str, action: str, *besides: str) -> Scope:
    """The account and region of a group's or a version's ARN, if the account is the caller's or the policy lets it in.

    The policy may do so for one of the ARNs ``besides`` too. No endpoint knows of another region's groups.

    Raises:
        AwsError: AccessDeniedException with the words of IAM's "access denied error messages". A group that doesn't
            exist is refused in the same way, because AWS doesn't disclose to others what exists.
    """
    _, _, _, region, account, resource = arn.split(":", 5)
    owner = Scope(account, region)
    if account == scope.account:
        return scope
    group = resource.split("/")[1]
    record: Record | None = context.store.find(MODEL_PACKAGE_GROUP, owner, group) if region == scope.region else None
    policy = record.details.get(POLICY, "") if record else ""
    refused = [context.emulator.refused(scope, policy, action, each) for each in (arn, *besides)]
    if all(refused):
        principal = refused[0]
        raise AwsError(
            "AccessDeniedException",
            f"User: {principal} is not authorized to perform: {action} on resource: {arn} because no resource-based "
            f"policy allows the {action} action",
        )
    return owner
