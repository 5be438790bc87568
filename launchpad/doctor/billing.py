"""Whether billing counts the platform's tags: without that a budget stays at zero, and no anomaly is detected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from botocore.exceptions import ClientError

from launchpad.doctor.check import Check, Finding, ok, problem, unknown, warning
from launchpad.doctor.deployment import Deployment

ENVIRONMENT, WORKLOAD = "launchpad:environment", "launchpad:workload"
MEMBER = "Linked account doesn't have access to cost allocation tags"
"""AWS's words for an account whose bill another one pays (reports of users)."""
PAGE = "docs/costs.md#tags-on-the-bill"


def checks() -> list[Check]:
    """All checks of this group."""
    return [Check("billing", "cost allocation tags", cost_allocation_tags)]


def cost_allocation_tags(deployment: Deployment) -> Iterable[Finding]:
    """Ask Cost Explorer which tags are activated (ListCostAllocationTags), which only the paying account may."""
    if deployment.is_local:
        yield ok("the local AWS has no bill")
        return
    keys = [ENVIRONMENT, WORKLOAD, *sorted(deployment.settings.tags)]
    try:
        statuses = _statuses(deployment, keys)
    except ClientError as error:
        yield _refused(deployment, error)
        return
    inactive = [key for key in keys if statuses.get(key) != "Active"]
    yield from _inactive(deployment, statuses, inactive)
    if not inactive:
        yield ok(f"{', '.join(keys)} are activated")


def _statuses(deployment: Deployment, keys: list[str]) -> Mapping[str, str]:
    response = deployment.client("ce").list_cost_allocation_tags(TagKeys=keys, Type="UserDefined")
    return {tag["TagKey"]: tag["Status"] for tag in response["CostAllocationTags"]}


def _inactive(deployment: Deployment, statuses: Mapping[str, str], keys: list[str]) -> Iterator[Finding]:
    for key in keys:
        effect = f", so {_counting(deployment)}" if key == ENVIRONMENT and _counting(deployment) else ""
        if key in statuses:
            text = f"{key} is not activated as a cost allocation tag{effect}"
            yield warning(text, f"activate it in the paying account ({PAGE})")
        else:
            text = f"billing does not know {key} yet{effect}"
            yield warning(text, f"it does within 24 hours of the first deploy; then activate it ({PAGE})")


def _counting(deployment: Deployment) -> str:
    """What counts by the tag, and so counts nothing."""
    settings = deployment.settings
    effects = {"the budget stays at zero": settings.budget, "no anomaly is detected": settings.anomaly_detection}
    return " and ".join(effect for effect, section in effects.items() if section)


def _refused(deployment: Deployment, error: ClientError) -> Finding:
    """A problem only where the deploy needs the paying account, too."""
    message = error.response["Error"].get("Message", "")
    if error.response["Error"]["Code"] not in ("AccessDenied", "AccessDeniedException"):
        raise error
    if MEMBER not in message:
        return unknown(f"could not be checked, because ce:ListCostAllocationTags is denied: {message}")
    account = f"account {deployment.account} is a member of an organization"
    if deployment.settings.anomaly_detection:
        text = f"{account}, and AWS lets only the paying account detect anomalies of a tag"
        return problem(text, f"remove `anomaly_detection` from config/{deployment.settings.name}.yaml ({PAGE})")
    text = f"could not be checked, because {account}, and only the paying account may list them"
    return unknown(text, f"ask there whether {ENVIRONMENT} and {WORKLOAD} are activated ({PAGE})")
