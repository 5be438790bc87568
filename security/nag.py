"""cdk-nag on an app: its four packs, and the acknowledgements of `acknowledgements.yaml`.

The packs take several times what a synth takes, so `cdk synth` has them only when asked: `-c nag=true`. Errors make the
synth fail. cdk-nag matches an acknowledgement by its whole id, on the one resource that it was put on.
"""

from __future__ import annotations

from collections.abc import Iterable

import aws_cdk as cdk
import cdk_nag
from constructs import Construct, IConstruct

from launchpad.settings import EnvironmentSettings
from security.acknowledgements import WILDCARD, Acknowledgement, acknowledgements

PACKS = (cdk_nag.AwsSolutionsChecks, cdk_nag.NIST80053R5Checks, cdk_nag.HIPAASecurityChecks, cdk_nag.PCIDSS321Checks)
AWS_SOLUTIONS = "AwsSolutions"
SHARED = ("NIST.800.53.R5", "HIPAA.Security", "PCI.DSS.321")
"""The packs whose rules have the same names, after the pack's own."""


def check(app: cdk.App, platforms: Iterable[tuple[cdk.Stage, EnvironmentSettings]]) -> None:
    """Have the packs look at everything in `app` when it is synthesized."""
    for platform, settings in platforms:
        acknowledge(platform, settings)
    packs = (
        cdk_nag.AwsSolutionsChecks,
        cdk_nag.NIST80053R5Checks,
        cdk_nag.HIPAASecurityChecks,
        cdk_nag.PCIDSS321Checks,
    )
    cdk.Validations.of(app).add_plugins(*(pack(app) for pack in packs))


def acknowledge(platform: cdk.Stage, settings: EnvironmentSettings) -> None:
    """Put the rows of the table on the resources that this environment has."""
    for row in acknowledgements():
        resource = find(platform, row.resource)
        if resource is None:
            continue
        for rule in rule_ids(row, settings):
            cdk.Validations.of(resource).acknowledge(cdk.Acknowledgment(id=rule, reason=row.reason))


def find(scope: Construct, path: str) -> IConstruct | None:
    """The construct at a path below `scope`, or None."""
    found: IConstruct | None = scope
    for name in path.split("/"):
        found = found and found.node.try_find_child(name)
    return found


def rule_ids(row: Acknowledgement, settings: EnvironmentSettings) -> list[str]:
    """A row's finding, by the ids that cdk-nag has for it; none for another scanner's."""
    if row.rule == WILDCARD:
        return [f"{AWS_SOLUTIONS}::{AWS_SOLUTIONS}-IAM5[Resource::{row.pattern_in(settings)}]"]
    if row.rule.startswith(AWS_SOLUTIONS):
        return [f"{AWS_SOLUTIONS}::{row.rule}"]
    if row.rule.startswith("CKV"):
        return []
    return [f"{pack}::{pack}-{row.rule}" for pack in SHARED]
