"""Runs cdk-nag on an app: its four packs, with the acknowledgements of `acknowledgements.yaml`.

The packs take several times as long as a synth, so `cdk synth` runs them only with `-c nag=true`. Errors make the
synth fail. cdk-nag matches an acknowledgement by its complete id, on exactly the resource that it was added to.
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
"""The packs whose rules have the same names after the pack's prefix."""


def check(app: cdk.App, platforms: Iterable[tuple[cdk.Stage, EnvironmentSettings]]) -> None:
    """Make the packs check everything in `app` when it is synthesized."""
    for platform, settings in platforms:
        acknowledge(platform, settings)
    look(app)


def look(app: cdk.App) -> None:
    """Make the packs check everything in `app`, with no more acknowledgements than there are."""
    cdk.Validations.of(app).add_plugins(*(pack(app) for pack in PACKS))


def acknowledge(platform: cdk.Stage, settings: EnvironmentSettings) -> None:
    """Add the table's rows to the resources that this environment has."""
    for row in acknowledgements():
        resource = find(platform, row.resource)
        if resource is None:
            continue
        for rule in rule_ids(row, settings):
            cdk.Validations.of(resource).acknowledge(cdk.Acknowledgment(id=rule, reason=row.reason))


def find(scope: Construct, path: str) -> IConstruct | None:
    """The construct at a path below `scope`, or None."""
    construct: IConstruct | None = scope
    for name in path.split("/"):
        construct = construct and construct.node.try_find_child(name)
    return construct


def rule_ids(row: Acknowledgement, settings: EnvironmentSettings) -> list[str]:
    """cdk-nag's ids for a row's finding; empty for another scanner's."""
    if row.rule == WILDCARD:
        return [f"{AWS_SOLUTIONS}::{rule}" for rule in wildcards(row, settings)]
    if row.rule.startswith(AWS_SOLUTIONS):
        return [f"{AWS_SOLUTIONS}::{row.rule}"]
    if row.rule.startswith("CKV"):
        return []
    return [f"{pack}::{pack}-{row.rule}" for pack in SHARED]


def wildcards(row: Acknowledgement, settings: EnvironmentSettings) -> list[str]:
    """The rules by which cdk-nag reports a wildcard of the table."""
    return [f"{AWS_SOLUTIONS}-IAM5[Resource::{pattern}]" for pattern in row.patterns_in(settings)]
