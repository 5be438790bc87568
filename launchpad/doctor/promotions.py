"""Whether the promoted models of the config may be served: approved, passed, readable, and of the pinned bytes."""

from __future__ import annotations

from collections.abc import Iterable

from launchpad.doctor.check import Check, Finding, ok, problem, unknown
from launchpad.doctor.deployment import Deployment
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.platform import find_output
from launchpad.promotions.checks import doubts, withdrawn
from launchpad.promotions.copying import has_copy
from launchpad.promotions.promotion import as_promotion_role, promotions, role_arn


def checks() -> list[Check]:
    """All checks of this group. `launchpad deploy` asks the same, in a separate step."""
    return [Check("promotions", "promoted models", promoted)]


def promoted(deployment: Deployment) -> Iterable[Finding]:
    """Look at each promoted model with the role that would copy it."""
    connection = deployment.connection
    assert connection  # noqa: S101 -- this check asks AWS
    pinned = promotions(connection)
    if not pinned:
        yield ok("the config pins none")
        return
    clients = as_promotion_role(connection)
    if clients is None:
        remedy = "the first deploy creates it; the deploying principal needs sts:AssumeRole on it"
        yield unknown(f"you may not assume {role_arn(connection)}, or it does not exist yet", remedy)
        return
    bucket = find_output(connection, "storage", "ModelBucketName")
    for promotion in pinned:
        try:
            copied = bucket is not None and has_copy(clients, promotion, bucket, lambda *_: None)
        except LaunchpadError as error:
            text, _, remedy = str(error).partition("; ")
            yield problem(text, remedy, promotion.workload.name)
            continue
        reasons = list(withdrawn(clients, promotion) if copied else doubts(clients, promotion, lambda *_: None))
        for doubt in reasons:
            yield (problem if doubt.is_certain else unknown)(doubt.text, doubt.remedy, promotion.workload.name)
        if not reasons:
            where = "the environment has its copy" if copied else "the next deploy copies it"
            yield ok(f"{promotion.words}: {where}", promotion.workload.name)
