"""An endpoint's page: what it serves and served before, its requests, its instances, its monitoring and its alarms."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from launchpad.platform_client.change_outcomes import Change
from launchpad.platform_client.logs import LogLine
from launchpad.platform_client.monitoring.alarms import Alarm
from launchpad.platform_client.monitoring.reports import Report
from launchpad.report.endpoint_page import EndpointInsight, render_endpoint
from launchpad.report.monitoring_section import Monitored
from tests.cli.pages import HOSTILE, is_safe, run, work
from tests.cli.test_job_page import BEGAN

RUNNING = {"ProductionVariants": [{"VariantName": "all", "CurrentInstanceCount": 1, "DesiredInstanceCount": 2}]}


def endpoint(environment="dev", description=RUNNING, variant=None, shadows=(), **values):
    config = {
        "EndpointConfigName": "dev-a-config",
        "ProductionVariants": [
            {"VariantName": "all", "ModelName": "dev-a-model", **(variant or {"InstanceType": "ml.m5.large"})}
        ],
        "ShadowProductionVariants": list(shadows),
    }
    fields = {"run": run(1), "artifact": "s3://models/a/model.tar.gz", "log": [LogLine("s", 1, HOSTILE)], **values}
    until = BEGAN + timedelta(hours=1)
    return render_endpoint(
        EndpointInsight(work("endpoint", description, "InService"), config, since=BEGAN, until=until, **fields),
        environment,
    )


def test_an_endpoints_page_has_what_it_serves_and_its_instances():
    html = endpoint()
    for text in ("dev-a-1", "s3://models/a/model.tar.gz", "1 of 2", "ml.m5.large", "0.71"):
        assert text in html
    is_safe(html)


def test_an_endpoints_page_draws_requests_errors_and_latency():
    series = [(BEGAN.timestamp() + 300 * step, 2000.0) for step in range(5)]
    html = endpoint(
        requests={
            "Invocations": {"all": series},
            "Invocation5XXErrors": {"all": series[:1]},
        },
        latency={"all": {"p50": series, "p95": series, "p99": series[:2]}},
    )
    (chart,) = re.findall(r'aria-label="Latency of the model, ms">(.*?)</svg>', html, re.DOTALL)
    assert chart.count("<polyline") == 3
    assert "p95: 2 at" in chart  # microseconds as milliseconds
    assert ">2 ms<small>in its slowest 5 minutes" in html
    assert ">10000<small>in the time shown" in html
    assert '<dd class="bad">2000<small>4xx and 5xx' in html


def test_an_endpoint_without_samples_says_so():
    assert "CloudWatch has no samples of its requests" in endpoint("local", run=None)


def test_a_serverless_endpoints_page_has_its_memory_and_its_limit():
    serverless = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}
    description = {"ProductionVariants": [{"VariantName": "all", "CurrentServerlessConfig": serverless}]}
    html = endpoint(description=description, variant={"ServerlessConfig": serverless})
    for text in ("2048 MB", ">5<small>requests at once", "<td>serverless"):
        assert text in html


def test_an_endpoints_page_has_its_shadow_and_its_pools():
    shadow = {"VariantName": "Shadow", "ModelName": "dev-a-next", "InstanceType": "ml.m5.large"}
    pools = [{"InstanceType": "ml.m5.xlarge", "Priority": 2}, {"InstanceType": "ml.m5.large", "Priority": 1}]
    html = endpoint(variant={"InstancePools": pools}, shadows=[shadow])
    for text in ("Shadow (shadow)", "dev-a-next", "ml.m5.large, ml.m5.xlarge"):
        assert text in html


def test_variants_are_lines_of_one_drawing():
    series = [(BEGAN.timestamp() + 300 * step, 2.0) for step in range(5)]
    html = endpoint(requests={"Invocations": {"all": series, "challenger": series}})
    assert html.count("Requests in 5 minutes</") == 1
    assert '<i class="swatch c1"></i>challenger' in html


REPORT_RESULT = {
    "endpoint": "dev-a-endpoint",
    "status": "drift",
    "records": 500,
    "drifted_share": 0.4,
    "share_threshold": 0.3,
    "worst": {"name": HOSTILE, "severity": 2.5},
    "quality": {"metric": "auc", "value": 0.71, "at_least": 0.8, "at_most": None, "passed": False, "labelled": 90},
}
SKIPPED_RESULT = {"status": "skipped", "reason": "12 records, fewer than 200", "drifted_share": None, "worst": None}


def reports(*results):
    moments = [BEGAN - timedelta(days=len(results) - number) for number in range(len(results))]
    return [
        Report(f"job-{number}", moment, "s3://models/a/", {**REPORT_RESULT, **result})
        for number, (moment, result) in enumerate(zip(moments, results, strict=True))
    ]


def sections(html):
    """The content of each section by its heading."""
    return dict(re.findall(r"<section>\s*<h2>(.*?)</h2>(.*?)</section>", html, re.DOTALL))


def test_drift_over_time_has_its_limit_and_the_worst_column():
    page = sections(endpoint(monitored=Monitored("a", True, True, reports({"drifted_share": 0.1}, {}))))
    (share,) = re.findall(r'aria-label="Share of drifted columns">(.*?)</svg>', page["Drift"], re.DOTALL)
    assert share.count("<polyline") == 2
    assert "drifted: 40 at -1" in share
    assert "allowed: 30 at -2" in share
    assert 'aria-label="Severity of the column that differs most"' in page["Drift"]
    assert 'aria-label="Quality: auc"' in page["Quality"]
    assert page["Reports"].index("job-1") < page["Reports"].index("job-0")


@pytest.mark.parametrize(
    ("monitored", "drift", "quality"),
    [
        (Monitored("a"), "workload.yaml has no <code>monitoring</code> section", None),
        (Monitored("a", asked=True), "<code>launchpad monitor run a</code> makes one", "workload.yaml has no"),
        (Monitored("a", True, True), "It has no monitoring report yet", "<code>launchpad monitor labels a FILE</code>"),
        (
            Monitored("a", True, True, reports({**SKIPPED_RESULT, "quality": None})),
            "Its only report compared nothing: 12 records, fewer than 200.",
            "No report has a quality yet",
        ),
    ],
)
def test_what_is_missing_of_monitoring_is_said_in_words(monitored, drift, quality):
    page = sections(endpoint(monitored=monitored))
    assert drift in page["Drift"]
    assert quality is None or quality in page["Quality"]
    assert "<svg" not in page["Drift"] + page.get("Quality", "")


def test_raised_alarms_come_first_with_their_reason():
    alarms = [Alarm("quality", "q", "OK", "", None), Alarm("drift", "d", "ALARM", f"0.5 > 0.3 {HOSTILE}", BEGAN)]
    html = endpoint(alarms=alarms)
    assert sections(html)["Alarms"].index("drift") < sections(html)["Alarms"].index("quality")
    is_safe(html)


def test_an_endpoints_page_has_what_it_served_before():
    history = [
        Change(BEGAN, "c2", "dev-a-2", "serve", "failed", reason="it ran out of memory"),
        Change(BEGAN, "c1", "dev-a-1", "pipeline", "current"),
    ]
    served = sections(endpoint(history=history))["What it served"]
    for text in ("dev-a-2", '<td class="bad">failed', "it ran out of memory", '<td class="good">current'):
        assert text in served


def test_the_served_job_is_a_link_where_its_page_is():
    config = {"EndpointConfigName": "c", "ProductionVariants": []}
    insight = EndpointInsight(work("endpoint", RUNNING, "InService"), config, run(1), "", BEGAN, BEGAN)
    assert '<a href="dev-a-1.html">dev-a-1</a>' in render_endpoint(insight, "dev", lambda job: f"{job}.html")
    assert "<a " not in render_endpoint(insight, "dev")
