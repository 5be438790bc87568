"""What the caller needs for a deploy, decided by IAM's policy simulator where the caller may ask it.

Note: the simulator doesn't read the trust policies of roles, nor the policies of a session. `cdk deploy` may still be
refused what it allows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from launchpad.doctor.check import Check, Finding, ok, problem, unknown
from launchpad.doctor.deployment import Deployment
from launchpad.images.containers import load_containers, repository_name
from launchpad.images.image_lock import repository_arn
from launchpad.images.registry_actions import PULL, PUSH, TOKEN

REMEDY = "ask for the permissions in docs/github.md#roles"
ALLOWED = "allowed"
Need = tuple[tuple[str, ...], tuple[str, ...]]
"""Actions, and the ARNs that each is needed on."""


def checks() -> list[Check]:
    """All checks of this group."""
    return [Check("permissions", "deploy", deploying)]


def deploying(deployment: Deployment) -> Iterable[Finding]:
    """Simulate what `launchpad deploy` calls with the caller's credentials."""
    arn = deployment.identity["Arn"]
    if arn.endswith(":root"):
        yield ok("the account's root user may do everything")
        return
    principal = _principal(deployment, arn)
    if principal is None:
        yield unknown(f"the policy simulator knows users and roles, not {arn}")
        return
    results = [result for need in needs(deployment) for result in simulate(deployment, principal, need)]
    denied = [(action, resource, missing) for action, resource, decision, missing in results if decision != ALLOWED]
    for action, resource, missing in denied:
        yield _denial(action, resource, missing)
    if not denied:
        yield ok(f"{len(results)} permissions are granted to {principal}")


def needs(deployment: Deployment) -> Iterator[Need]:
    """The roles that the CDK CLI assumes, and what building and pushing images takes."""
    assembly = deployment.assembly
    roles = {deployment.resolved(role) for stack in (assembly.stacks if assembly else ()) for role in stack.roles}
    if roles:
        yield ("sts:AssumeRole",), tuple(sorted(roles))
    if not deployment.images:
        return
    settings, built = deployment.settings, {image.container for image in deployment.images}
    containers = [container for name, container in load_containers().items() if name in built]
    partition, account = deployment.resolved("${AWS::Partition}"), deployment.account
    bases = {
        repository_arn(arguments["BASE_IMAGE"], partition)
        for container in containers
        if (arguments := container.build_arguments(settings.region))
    }
    names = [repository_name(settings.name, container.name) for container in containers]
    yield (TOKEN,), ("*",)
    if bases:
        yield PULL, tuple(sorted(bases))
    if names:
        yield PUSH, tuple(f"arn:{partition}:ecr:{settings.region}:{account}:repository/{name}" for name in names)


def simulate(deployment: Deployment, principal: str, need: Need) -> Iterator[tuple[str, str, str, list[str]]]:
    """Ask IAM (SimulatePrincipalPolicy): action, resource, decision, and condition keys that nothing answers."""
    actions, arns = need
    pages = deployment.client("iam").get_paginator("simulate_principal_policy")
    for page in pages.paginate(PolicySourceArn=principal, ActionNames=[*actions], ResourceArns=[*arns]):
        for result in page["EvaluationResults"]:
            for resource, decision, missing in _decisions(result):
                yield result["EvalActionName"], resource, decision, missing


def _decisions(result: Mapping[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    """The decision for each resource: IAM lists those apart from the total one."""
    for each in result.get("ResourceSpecificResults", ()):
        yield each["EvalResourceName"], each["EvalResourceDecision"], each.get("MissingContextValues", [])
    if not result.get("ResourceSpecificResults"):
        yield result["EvalResourceName"], result["EvalDecision"], result.get("MissingContextValues", [])


def _denial(action: str, resource: str, missing: list[str]) -> Finding:
    if missing:
        return unknown(f"{action} on {resource} depends on {', '.join(missing)}")
    return problem(f"{action} on {resource} is not granted", REMEDY)


def _principal(deployment: Deployment, arn: str) -> str | None:
    """The user or role to simulate; the path of a session's role is only in IAM."""
    kind, _, name = arn.rpartition(":")[2].partition("/")
    if kind == "user":
        return arn
    if kind != "assumed-role":
        return None
    role = name.partition("/")[0]
    try:
        return str(deployment.client("iam").get_role(RoleName=role)["Role"]["Arn"])
    except ClientError:  # most roles have no path
        return deployment.resolved(f"arn:${{AWS::Partition}}:iam::{deployment.account}:role/{role}")
