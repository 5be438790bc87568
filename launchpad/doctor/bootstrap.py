"""CDK's bootstrap: whether the account and region have it, in a version that the assembly accepts."""

from __future__ import annotations

from collections.abc import Iterable

from botocore.exceptions import ClientError

from launchpad.doctor.assembly import DEFAULT_PARAMETER
from launchpad.doctor.check import Check, Finding, ok, problem, warning
from launchpad.doctor.deployment import Deployment
from launchpad.doctor.stack_states import describe, state
from launchpad.platform_client.platform import BOOTSTRAP_STACK


def checks() -> list[Check]:
    """All checks of this group."""
    return [
        Check("bootstrap", "version", version, cheap=True),
        Check("bootstrap", BOOTSTRAP_STACK, toolkit, cheap=True),
    ]


def version(deployment: Deployment) -> Iterable[Finding]:
    """Compare the SSM parameter of the bootstrap with `requiresBootstrapStackVersion` of the assembly."""
    assembly = deployment.assembly
    parameter = assembly.bootstrap_parameter if assembly else DEFAULT_PARAMETER
    required = assembly.required_bootstrap if assembly else 0
    remedy = f"as an administrator: `launchpad bootstrap {deployment.command}`"
    try:
        value = deployment.cdk_client("ssm").get_parameter(Name=parameter)["Parameter"]["Value"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ParameterNotFound":
            raise
        text = f"account {deployment.account}, {deployment.settings.region} has no {parameter}"
        if deployment.is_local:
            yield warning(text, f"nothing to do: `launchpad deploy {deployment.command}` bootstraps the local AWS")
        else:
            yield problem(text, remedy)
        return
    if int(value) < required:
        yield problem(f"version {value}, but the templates need {required}", remedy)
    else:
        yield ok(f"version {value}; the templates need {required}")


def toolkit(deployment: Deployment) -> Iterable[Finding]:
    """Look at the state of the bootstrap's stack."""
    stack = describe(deployment, BOOTSTRAP_STACK)
    if stack is None:
        yield ok("no stack of this name; the version above decides")
        return
    if deployment.is_local and stack["StackStatus"] == "CREATE_IN_PROGRESS":
        yield ok("is being created by the deploy")
        return
    yield state(stack)
