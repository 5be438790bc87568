"""What is wrong with keys of a config together, where each is right by itself.

Each check yields the key that must be corrected, and what to write there. All are reported at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from launchpad.config_files.arns import misplaced
from launchpad.config_files.aws_facts import has_type, zones_of
from launchpad.config_files.yaml_reader import Location
from launchpad.settings.github import LONGEST_SHIFT_MINUTES
from launchpad.settings.tags import tags_of_sections

if TYPE_CHECKING:
    from launchpad.settings.environment import EnvironmentSettings

Mistakes = Iterator[tuple[Location, str]]
PRODUCTION = re.compile("prod.*|prd.*|live.*")
"""The names of environments that must keep their data: they begin with prod, prd or live."""

REVIEWED = re.compile("(pre)?(stag|stg|prod|prd|live).*")
"""The names of environments that run only what was deployed: they begin with stag, stg, prod, prd or live."""


def mistakes(settings: EnvironmentSettings) -> Mistakes:
    """Every mistake."""
    for check in CHECKS:
        yield from check(settings)


def _production_keeps_data(settings: EnvironmentSettings) -> Mistakes:
    if PRODUCTION.fullmatch(settings.name) and not settings.retain_data:
        yield ("retain_data",), "production must keep its data; remove the line or write `true`"


def _working_copies_where_models_are_tried(settings: EnvironmentSettings) -> Mistakes:
    if settings.working_copies and REVIEWED.fullmatch(settings.name):
        yield ("working_copies",), "staging and production run what was deployed; remove the line or write `false`"
    elif settings.working_copies and not settings.direct_deploy:
        message = "code that no pull request reviewed needs `direct_deploy: true`; write that, or remove this line"
        yield ("working_copies",), message


def _idle_where_endpoints_are_tried(settings: EnvironmentSettings) -> Mistakes:
    if settings.idle_endpoint_hours and REVIEWED.fullmatch(settings.name):
        yield ("idle_endpoint_hours",), "staging and production keep their endpoints; remove the line"
    elif settings.idle_endpoint_hours is not None and not settings.direct_deploy:
        message = "pinned endpoints are never removed, and others need `direct_deploy: true`; remove this line"
        yield ("idle_endpoint_hours",), message


def _zones_of_the_region(settings: EnvironmentSettings) -> Mistakes:
    zones, known = settings.network.zones or (), zones_of(settings.region)
    elsewhere = [zone for zone in zones if zone[:-1] != settings.region]
    if elsewhere:
        message = f"{', '.join(elsewhere)} is not in {settings.region}; write zones such as {settings.region}a"
        yield ("network", "zones"), message
    missing = [zone for zone in zones if zone not in elsewhere and known and zone not in known]
    if missing:
        yield (
            ("network", "zones"),
            f"{settings.region} has no zone {', '.join(missing)}; known zones: {', '.join(known)}",
        )


def _nothing_twice(settings: EnvironmentSettings) -> Mistakes:
    for section, names in (
        ("notebooks", [notebook.name for notebook in settings.notebooks]),
        ("endpoints", [endpoint.workload for endpoint in settings.endpoints]),
    ):
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            yield (section,), f"{', '.join(twice)} is listed twice"


def _one_spark(settings: EnvironmentSettings) -> Mistakes:
    if settings.spark and settings.spark_serverless:
        message = "workloads run on one of the two: remove this section, or the section `spark`"
        yield ("spark_serverless",), message


def _one_way_to_serve(settings: EnvironmentSettings) -> Mistakes:
    if settings.direct_deploy and settings.endpoints:
        yield (
            ("endpoints",),
            "a deploy could replace what is pinned: write `direct_deploy: false`, or pin nothing",
        )


def _github_can_deploy_it(settings: EnvironmentSettings) -> Mistakes:
    """Require what a workflow needs: roles with known ARNs, and updates that end before a job does."""
    if settings.github and not settings.account:
        yield ("github",), 'the roles of workflows need `account: "..."`, with the 12 digits of the account\'s number'
    for number, endpoint in enumerate(settings.endpoints if settings.github else ()):
        if endpoint.shift_minutes > LONGEST_SHIFT_MINUTES:
            yield (
                ("endpoints", number, *(("release",) if endpoint.release else ()), "bake_minutes"),
                (
                    f"an update would take {endpoint.shift_minutes} minutes, a job of GitHub's has time for"
                    f" {LONGEST_SHIFT_MINUTES}: lower it, or raise traffic_percent"
                ),
            )


def _arns_are_near(settings: EnvironmentSettings) -> Mistakes:
    """Require the region's partition and region, and the account where a resource of another one can't be used."""
    for key, arn, account in _arns(settings):
        for message in misplaced(arn, settings.region, account) if arn else ():
            yield key, message


def _arns(settings: EnvironmentSettings) -> Iterator[tuple[Location, str | None, str | None]]:
    """The key, the ARN, and the account that it must be in, of each ARN."""
    yield ("permissions_boundary",), settings.permissions_boundary, settings.account
    if settings.github:
        yield ("github", "drift_role"), settings.github.drift_role, settings.account
    if settings.people:
        yield ("people", "identity_provider"), settings.people.identity_provider, settings.account
    for number, notebook in enumerate(settings.notebooks):
        yield ("notebooks", number, "repository_secret"), notebook.repository_secret, settings.account
    for number, endpoint in enumerate(settings.endpoints):
        yield ("endpoints", number, "model_package"), endpoint.model_package, settings.account
        for place, variant in enumerate(endpoint.variants or ()):
            yield ("endpoints", number, "variants", place, "model_package"), variant.model_package, settings.account
        if endpoint.shadow:
            yield ("endpoints", number, "shadow", "model_package"), endpoint.shadow.model_package, settings.account
        yield ("endpoints", number, "model_data_key"), endpoint.model_data_key, None
        for keys, promoted in endpoint.promotions:
            yield ("endpoints", number, *keys, "model_package"), promoted.model_package, None
            yield ("endpoints", number, *keys, "key"), promoted.key, None


def _workplaces_reach_aws(settings: EnvironmentSettings) -> Mistakes:
    """Require a way to AWS for notebooks, which stop themselves through it, clusters and Studio.

    MLflow needs none: the platform logs to it from outside the network.
    """
    reached = settings.network.interface_endpoints is not False or settings.network.may_reach_internet
    if not reached and (settings.notebooks or settings.spark or settings.studio):
        message = "notebooks, spark and studio need them where there is no way out; remove the line"
        yield ("network", "interface_endpoints"), message


def _nothing_out_of_reach(settings: EnvironmentSettings) -> Mistakes:
    """Refuse what needs the internet: without it a notebook's clone and start fail, and a cluster never scales."""
    if not settings.network.may_reach_internet:
        for key, need in _needs_of_a_way_out(settings):
            yield key, f"{need}, and the network has no way out: write `nat: true` below `network`, or remove this line"


def _needs_of_a_way_out(settings: EnvironmentSettings) -> Mistakes:
    for number, notebook in enumerate(settings.notebooks):
        if notebook.repository:
            yield ("notebooks", number, "repository"), "the repository can't be reached"
    if settings.spark and settings.spark.repository:
        yield ("spark", "repository"), "the repository can't be reached"
    if settings.spark and settings.spark.scales:
        yield ("spark", "maximum_units"), "EMR scales a cluster that reaches its public address"


def _anomaly_detection_where_it_exists(settings: EnvironmentSettings) -> Mistakes:
    """Refuse what CloudFormation answers with "Unrecognized resource types"."""
    monitor = "AWS::CE::AnomalyMonitor"
    if settings.anomaly_detection and not has_type(settings.region, monitor):
        yield ("anomaly_detection",), f"CloudFormation has no {monitor} in {settings.region}; remove the section"


def _tags_fit_the_sections(settings: EnvironmentSettings) -> Mistakes:
    yield from tags_of_sections(
        settings.tags,
        studio=settings.studio is not None,
        spark=settings.spark is not None,
        spark_serverless=settings.spark_serverless is not None,
    )


CHECKS: tuple[Callable[[EnvironmentSettings], Mistakes], ...] = (
    _production_keeps_data,
    _working_copies_where_models_are_tried,
    _idle_where_endpoints_are_tried,
    _zones_of_the_region,
    _nothing_twice,
    _one_spark,
    _one_way_to_serve,
    _github_can_deploy_it,
    _arns_are_near,
    _workplaces_reach_aws,
    _nothing_out_of_reach,
    _anomaly_detection_where_it_exists,
    _tags_fit_the_sections,
)
