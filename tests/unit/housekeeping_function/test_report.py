"""What the housekeeping function says: the mail, the metric, and what it could not look at."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.unit.housekeeping_function.account import SPACE, ago, notebook


def test_a_service_that_fails_hides_nothing_else(run, account):
    notebook(account, LastModifiedTime=ago(hours=100))
    refusal = {"Error": {"Code": "AccessDeniedException", "Message": "not authorized"}}
    account.responses["ListClusters"] = ClientError(refusal, "ListClusters")
    response = run()
    assert len(response["rows"]) == 1
    assert response["failures"] == [
        "emr: An error occurred (AccessDeniedException) when calling the ListClusters operation: not authorized"
    ]


def test_the_mail_has_the_sum_first_then_what_is_idle_and_how_to_act(function, account):
    run = function("notebooks")
    notebook(account, LastModifiedTime=ago(hours=100))
    account.responses["ListSpaces"] = {"Spaces": [{**SPACE, "LastModifiedTime": ago(days=40)}]}
    run(report=True)
    (mail,) = account.called("Publish")
    assert mail["Subject"] == "dev: $56.50 + unknown a month for what is idle or old"
    assert mail["Message"].splitlines()[:5] == [
        "What is idle or old in dev costs $56.50 + unknown a month at list price.",
        "1 of 2 were stopped or deleted now, as config/dev.yaml allows.",
        "",
        "     $56.50  notebook instance dev-team, since 2026-11-25",
        "             STOPPED: runs for 100 h: its idle stop is off, or it is in use",
    ]
    assert "no price of AmazonSageMaker/Studio:VolumeUsage.gp3 is known" in mail["Message"]
    assert "`launchpad idle --env dev --stop` stops it now." in mail["Message"]


def test_a_mail_about_many_failures_is_as_long_as_sns_takes(run, account):
    import housekeeping_report  # as the function's module, which is on the path by now

    failures = [f"artifact {number}: {'because ' * 200}" for number in range(3000)]
    message = "\n".join(housekeeping_report.lines([], failures))
    assert len(message) < 2**18
    assert "  and 2900 more" in message


def test_the_monthly_waste_is_a_metric(run, account):
    notebook(account, LastModifiedTime=ago(hours=100))
    run(report=True)
    (metric,) = account.called("PutMetricData")
    assert (metric["Namespace"], metric["MetricData"][0]["Value"]) == ("Launchpad/Housekeeping", 56.5)


def test_nothing_idle_is_no_mail(run, account):
    run(report=True)
    assert account.called("Publish") == []


@pytest.mark.parametrize("event", [{"dry-run": True}, {"only": "jobs"}])
def test_an_event_with_a_mistake_is_refused(run, event):
    with pytest.raises(Exception, match=r"known: dry_run|'jobs' is none of idle"):
        run(**event)
