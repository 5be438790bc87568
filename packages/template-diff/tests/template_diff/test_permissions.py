"""Whose permissions a policy is about: roles, their managed policies and boundaries, new and renamed holders."""

from __future__ import annotations

from typing import Any

import pytest

from template_diff.compare import compare
from template_diff.model import ExitCode, Respect
from tests.template_diff.pairs import Statement, allow, difference, narrowed, resource, role, template, widened


def policy(kind: str, *statements: Statement, **properties: Any) -> dict[str, Any]:
    return resource(kind, {"PolicyDocument": {"Statement": list(statements)}, **properties})


ROLES = [{"Ref": "Role"}]


@pytest.mark.parametrize("kind", ["IAM::Policy", "IAM::ManagedPolicy"])
def test_a_policy_of_its_own_counts_for_the_role_that_has_it(kind: str) -> None:
    old, new = ({"Role": role(), "P": policy(kind, allow(action), Roles=ROLES)} for action in ("s3:GetObject", "s3:*"))
    (change,) = widened(difference(old, new))
    assert (change.holder.logical_id, change.policy) == ("Role", "identity policy")


def test_a_statement_that_moves_between_a_roles_policies_changes_nothing() -> None:
    places = [
        {"Role": role(allow())},
        {"Role": role(), "P": policy("IAM::Policy", allow(), Roles=ROLES)},
        {"Role": role(), "P": policy("IAM::ManagedPolicy", allow(), Roles=ROLES)},
        {"Role": role(ManagedPolicyArns=[{"Ref": "P"}]), "P": policy("IAM::ManagedPolicy", allow())},
        {"Role": role(), "P": policy("IAM::RolePolicy", allow(), RoleName={"Ref": "Role"})},
    ]
    for old in places:
        for new in places:
            assert difference(old, new).permissions == ()


def test_a_managed_policy_that_nothing_attaches_is_a_holder_itself() -> None:
    old, new = ({"P": policy("IAM::ManagedPolicy", allow(action))} for action in ("s3:GetObject", "s3:*"))
    (change,) = widened(difference(old, new))
    assert change.holder.logical_id == "P"


def test_a_policy_of_another_stack_counts_for_the_role() -> None:
    def app(action: str) -> dict:
        return {
            ("dev", "access"): template(
                {"Role": role()}, Outputs={"R": {"Value": {"Ref": "Role"}, "Export": {"Name": "dev-role"}}}
            ),
            ("dev", "jobs"): template(
                {"P": policy("IAM::Policy", allow(action), Roles=[{"Fn::ImportValue": "dev-role"}])}
            ),
        }

    (change,) = widened(compare(app("s3:GetObject"), app("s3:*")))
    assert (change.holder.stack, change.holder.logical_id) == ("access", "Role")


READ_ONLY, ADMIN = (f"arn:aws:iam::aws:policy/{name}" for name in ("AmazonS3ReadOnlyAccess", "AdministratorAccess"))


def test_attaching_a_managed_policy_is_more_and_detaching_it_less() -> None:
    few, many = {"Role": role(ManagedPolicyArns=[READ_ONLY])}, {"Role": role(ManagedPolicyArns=[READ_ONLY, ADMIN])}
    (more,) = widened(difference(few, many))
    assert (more.respect, more.grants.resources, more.instead) == (Respect.ATTACHMENT, (ADMIN,), (READ_ONLY,))
    (less,) = narrowed(difference(many, few))
    assert less.grants.resources == (ADMIN,)


def test_exchanging_a_managed_policy_is_more_and_less() -> None:
    comparison = difference({"Role": role(ManagedPolicyArns=[READ_ONLY])}, {"Role": role(ManagedPolicyArns=[ADMIN])})
    assert (len(widened(comparison)), len(narrowed(comparison))) == (1, 1)


def test_a_user_in_another_group_may_do_more() -> None:
    old, new = ({"U": resource("IAM::User", {"Groups": groups})} for groups in (["a"], ["a", "admins"]))
    assert [change.grants.resources for change in widened(difference(old, new))] == [("admins",)]


BOUND, UNBOUND = {"Role": role(PermissionsBoundary=READ_ONLY)}, {"Role": role()}


def test_a_permissions_boundary_removed_or_exchanged_is_more() -> None:
    other = {"Role": role(PermissionsBoundary=ADMIN)}
    assert [change.respect for change in widened(difference(BOUND, UNBOUND))] == [Respect.BOUNDARY]
    assert [change.respect for change in widened(difference(BOUND, other))] == [Respect.BOUNDARY]


def test_a_permissions_boundary_added_is_less() -> None:
    assert [change.respect for change in narrowed(difference(UNBOUND, BOUND))] == [Respect.BOUNDARY]
    assert widened(difference(UNBOUND, BOUND)) == []


def test_a_boundary_policy_that_allows_more_is_more() -> None:
    old, new = (
        {"Role": role(PermissionsBoundary={"Ref": "P"}), "P": policy("IAM::ManagedPolicy", allow(action))}
        for action in ("s3:*", "*")
    )
    (change,) = widened(difference(old, new))
    assert (change.holder.logical_id, change.policy) == ("P", "permissions boundary")


def test_what_a_new_role_may_do_counts_as_widened() -> None:
    comparison = difference({}, {"Role": role(allow())})
    assert {change.policy for change in widened(comparison)} == {"identity policy", "trust policy"}
    assert all(change.new_holder for change in comparison.permissions)
    assert comparison.exit_code is ExitCode.WIDENS_PERMISSIONS


def test_a_new_endpoint_or_boundary_widens_nothing_since_it_only_limits() -> None:
    endpoint = {"E": resource("EC2::VPCEndpoint")}
    boundary = {"P": policy("IAM::ManagedPolicy", allow("*", "*")), "Role": role(PermissionsBoundary={"Ref": "P"})}
    assert difference({}, endpoint).exit_code is ExitCode.SAFE
    assert {change.policy for change in widened(difference({"Role": role()}, boundary))} == set()


def test_a_renamed_role_is_compared_with_itself() -> None:
    old = {"Old": role(), "P": policy("IAM::Policy", allow(), Roles=[{"Ref": "Old"}])}
    new = {"New": role(), "P": policy("IAM::Policy", allow(), Roles=[{"Ref": "New"}])}
    assert difference(old, new).permissions == ()
    new["P"] = policy("IAM::Policy", allow("s3:*"), Roles=[{"Ref": "New"}])
    assert [change.respect for change in widened(difference(old, new))] == [Respect.ACTION]


def test_a_statement_about_a_renamed_resource_is_compared_with_itself() -> None:
    def app(name: str) -> dict:
        bucket = resource("S3::Bucket", DeletionPolicy="Retain")
        return {name: bucket, "Role": role(allow(on={"Fn::Sub": f"${{{name}.Arn}}/*"}))}

    assert difference(app("Old"), app("New")).permissions == ()
