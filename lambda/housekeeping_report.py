"""The weekly mail: the sum first, then each thing with its cost, then how to act. And the sum as a metric."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

import boto3
from housekeeping_rows import Outcome, Row, monthly_total
from platform_access import ENVIRONMENT

NAMESPACE, METRIC = "Launchpad/Housekeeping", "MonthlyWaste"
MOST_ROWS = 100
"""A message has 256 KB at most (SNS, Publish), and no reader for more."""
LONGEST_FAILURE = 1000
LONGEST_SUBJECT = 100
"""SNS's limit, in ASCII characters."""


def publish_metric(rows: Sequence[Row]) -> None:
    """Publish what all rows cost in a month; without those whose price is unknown."""
    usd, _ = monthly_total(rows)
    dimensions = [{"Name": "Environment", "Value": ENVIRONMENT.name}]
    boto3.client("cloudwatch").put_metric_data(
        Namespace=NAMESPACE, MetricData=[{"MetricName": METRIC, "Dimensions": dimensions, "Value": usd, "Unit": "None"}]
    )


def publish_report(outcomes: Sequence[Outcome], failures: Sequence[str]) -> None:
    """Send the mail; none if there is nothing to say."""
    if outcomes or failures:
        boto3.client("sns").publish(
            TopicArn=os.environ["ALERT_TOPIC"],
            Subject=subject(outcomes)[:LONGEST_SUBJECT],
            Message="\n".join(lines(outcomes, failures)),
        )


def subject(outcomes: Sequence[Outcome]) -> str:
    """Return the mail's subject, such as `dev: $34.56 a month for what is idle or old`."""
    return f"{ENVIRONMENT.name}: {_sum(outcomes)} a month for what is idle or old"


def lines(outcomes: Sequence[Outcome], failures: Sequence[str]) -> Iterator[str]:
    """Return the mail's lines."""
    name = ENVIRONMENT.name
    yield f"What is idle or old in {name} costs {_sum(outcomes)} a month at list price."
    done = [outcome for outcome in outcomes if outcome.done]
    if done:
        yield f"{len(done)} of {len(outcomes)} were stopped or deleted now, as config/{name}.yaml allows."
    yield ""
    yield from _table(outcomes)
    if failures:
        yield from (
            "Not looked at or not stopped:",
            *(f"  {failure[:LONGEST_FAILURE]}" for failure in failures[:MOST_ROWS]),
        )
        yield from (*([f"  and {len(failures) - MOST_ROWS} more"] if failures[MOST_ROWS:] else []), "")
    yield f"`launchpad idle --env {name}` shows what is idle now. To have it stopped each week, name its kind in"
    yield f"`housekeeping: {{stop: [...]}}` of config/{name}.yaml. `launchpad idle --env {name} --stop` stops it now."
    yield "What is only reported is yours to stop: take its section or its pin out of the config, or use AWS's console."


def _table(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Two lines of each, because mail breaks long ones; the dearest first."""
    ordered = sorted(outcomes, key=lambda outcome: -(outcome.row.monthly_usd or 0.0))
    for outcome in ordered[:MOST_ROWS]:
        row = outcome.row
        price = "unknown" if row.monthly_usd is None else f"${row.monthly_usd:,.2f}"
        since = f", since {row.since:%Y-%m-%d}" if row.since else ""
        yield f"{price:>11}  {row.kind} {row.name}{since}"
        yield f"{'':>11}  {outcome.done.upper() + ': ' if outcome.done else ''}{row.reason}"
        if row.price_unknown:
            yield f"{'':>11}  no price of {row.price_unknown} is known"
    if outcomes[MOST_ROWS:]:
        yield f"{'':>11}  and {len(outcomes) - MOST_ROWS} more"
    if outcomes:
        yield ""


def _sum(outcomes: Sequence[Outcome]) -> str:
    usd, unknown = monthly_total(outcome.row for outcome in outcomes)
    return f"${usd:,.2f}" + (" + unknown" if unknown else "")
