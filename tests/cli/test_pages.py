"""The pages of comparisons, jobs of every kind, pipeline runs and endpoints: complete, and safe to open."""

from __future__ import annotations

import base64
import json
import math
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from launchpad.platform_client.change_outcomes import Change
from launchpad.platform_client.job_insight import JobInsight
from launchpad.platform_client.logs import LogLine
from launchpad.platform_client.monitoring.alarms import Alarm
from launchpad.platform_client.monitoring.reports import Report
from launchpad.platform_client.outputs import Picture
from launchpad.platform_client.work import Work
from launchpad.report.charts import ticks
from launchpad.report.compare_page import Comparison, render_comparison
from launchpad.report.endpoint_page import EndpointInsight, render_endpoint
from launchpad.report.job_page import render_job
from launchpad.report.monitoring_section import Monitored
from launchpad.report.pipeline_page import PipelineInsight, StageJob, phases, render_pipeline
from launchpad.report.scatter import axis_of
from launchpad.report.work_page import WorkInsight, render_work
from launchpad.runs.goal import Goal
from launchpad.runs.run import Gate, Run
from tests.cli.test_job_page import BEGAN, job
from tests.cli.test_report import Page

HOSTILE = "<script>alert(1)</script>\x1b[2J"
GOAL = Goal("auc", True, "the quality gate's metric")


def run(number, **values):
    fields = {
        "seconds": 60.0,
        "hyperparameters": {"lr": f"{10.0**-number:g}", "optimizer": "adam" if number % 2 else "sgd"},
        "metrics": {"auc": 0.7 + number / 100},
        **values,
    }
    return Run(f"dev-a-{number}", "Completed", BEGAN + timedelta(minutes=number), **fields)


def comparison(**values):
    runs = values.pop("runs", [run(1), run(2), run(3)])
    curves = {each.job: {"loss": [(BEGAN.timestamp() + step, 1 / (step + 1)) for step in range(9)]} for each in runs}
    fields = {"runs": runs, "curves": curves, "goal": GOAL, **values}
    return render_comparison(Comparison("a", "a", "dev", command="compare a", **fields))


def work(kind, description, status="Completed"):
    return Work(kind, f"dev-a-{kind}", "a", status, BEGAN, BEGAN + timedelta(seconds=90), {"Name": "x"}, description)


def is_safe(html):
    page = Page(html.replace("<img", "<br"))
    assert page.open == []
    assert not {"script", "link", "iframe"} & set(page.tags)
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org)", html)
    assert "\x1b" not in html


def test_the_best_run_is_marked_and_first():
    html = comparison()
    (row,) = re.findall(r'<tr class="best"><td[^>]*>([^<]+)', html)
    assert row == "dev-a-3"
    assert html.index("dev-a-3</td>") < html.index("dev-a-1</td>")
    is_safe(html)


def test_each_varied_hyperparameter_has_a_chart():
    html = comparison()
    assert 'aria-label="auc by lr"' in html
    assert 'aria-label="auc by optimizer"' in html


def test_curves_of_all_runs_are_on_the_same_axes():
    (chart,) = re.findall(r'aria-label="loss">(.*?)</svg>', comparison(), re.DOTALL)
    assert chart.count("<polyline") == 3


def test_what_is_the_same_in_all_runs_is_no_column_of_differences():
    runs = [run(number, instance="ml.m5.large") for number in (1, 2)]
    html = comparison(runs=runs)
    assert '<th class="">instance' not in html
    assert "<dt>instance</dt>" in html


def test_more_runs_than_colours_are_grey_and_counted():
    html = comparison(runs=[run(number) for number in range(1, 9)])
    assert "3 more" in html
    assert 'class="line rest"' in html


def test_runs_without_any_metric_are_compared_too():
    html = comparison(runs=[run(1, metrics={}), run(2, metrics={})], goal=None, curves={})
    assert "none is the best" in html


@pytest.mark.parametrize("metrics", [{}, {"auc": math.nan}])
def test_a_run_without_the_metric_is_no_dot(metrics):
    html = comparison(runs=[run(1), run(2), run(3, metrics=metrics)])
    (chart,) = re.findall(r'aria-label="auc by lr">(.*?)</svg>', html, re.DOTALL)
    assert chart.count("<circle") == 2


def test_a_tunings_page_shows_the_best_value_so_far():
    tuning = {"HyperParameterTuningJobStatus": "Completed", "HyperParameterTuningJobConfig": {"Strategy": "Random"}}
    html = comparison(tuning=tuning)
    (chart,) = re.findall(r'aria-label="auc by trial">(.*?)</svg>', html, re.DOTALL)
    assert chart.count("<circle") == 3
    assert "best so far" in chart


@pytest.mark.parametrize(
    ("texts", "labels"),
    [
        (["0.0001", "0.1"], ["0.0001", "0.001", "0.01", "0.1"]),
        (["1", "2", "3"], ["1", "1.5", "2", "2.5", "3"]),
        (["adam", "sgd"], ["adam", "sgd"]),
        (["1", "auto"], ["1", "auto"]),
        (["5", "5"], ["4", "4.5", "5", "5.5", "6"]),
    ],
)
def test_an_axis_fits_the_values(texts, labels):
    axis = axis_of(texts)
    assert [label for _, label in axis.marks] == labels
    assert all(64 <= axis.position(text) <= 506 for text in texts)


def test_names_and_values_of_runs_are_never_markup():
    hostile = run(1, hyperparameters={HOSTILE: HOSTILE}, metrics={HOSTILE: 1.0})
    is_safe(comparison(runs=[hostile, run(2, metrics={HOSTILE: 2.0})], goal=Goal(HOSTILE, True, "x")))


def job_page(insight=None, **values):
    described = values.pop("description", job())
    return render_job(insight or JobInsight(described, [], {}, {}), "dev", {}, replace(run(1), **values))


def test_a_jobs_page_has_the_verdict_of_the_gate():
    html = job_page(gate=Gate(False, "auc is 0.7, it must be at least 0.8"))
    assert '<dd class="bad">missed' in html
    assert "Missed: auc is 0.7, it must be at least 0.8." in html


def test_a_jobs_page_has_its_data_with_versions():
    channel = {"ChannelName": "train", "DataSource": {"S3DataSource": {"S3Uri": "s3://data/a/train/"}}}
    data = {"train": {"version": "0123456789abcdef", "objects": 3, "bytes": 4096}}
    html = job_page(description=job(InputDataConfig=[channel]), record={"data": data})
    assert "s3://data/a/train/" in html
    assert "0123456789abcdef · 3 objects, 4,096 bytes" in html


def test_a_jobs_page_has_its_code_and_what_it_began_from():
    record = {"code": {"training": "f" * 64}, "origin": {"by": "me"}, "overrides": {"lr": 1}, "resumed_from": "dev-a-0"}
    html = job_page(commit="c" * 40, dirty=True, record=record)
    for text in (f"{'c' * 40} with changes that are not committed", "f" * 64, "dev-a-0", "lr=1"):
        assert text in html


def test_a_jobs_page_hides_the_values_of_secrets():
    html = job_page(description=job(Environment={"MODE": "fast", "HF_TOKEN": "hf_123"}))
    assert '<dt>MODE</dt><dd class="">fast' in html
    assert "HF_TOKEN" in html
    assert "hf_123" not in html


def test_a_jobs_page_has_the_evaluation():
    assert "by the evaluation" in job_page(evaluation={"error": 0.25})


def test_a_jobs_picture_is_an_image_and_no_markup():
    content = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    insight = JobInsight(job(), [], {}, {}, {}, (Picture("plots/<p>.svg", "image/svg+xml", content),))
    html = job_page(insight)
    assert f'src="data:image/svg+xml;base64,{base64.b64encode(content).decode()}"' in html
    assert "<h3>plots/&lt;p&gt;.svg</h3>" in html
    is_safe(html)


def test_predictions_are_judged_and_drawn():
    insight = JobInsight(job(), [], {}, {}, {"predictions.csv": "true,predicted\n1,1\n2,2\n3,4\n"})
    html = job_page(insight)
    assert "R² 0.5 · mean error 0.3333 · 3 rows" in html
    assert html.count('<circle class="dot"') == 3


def test_a_page_of_twenty_thousand_values_is_small():
    points = [(BEGAN.timestamp() + step / 100, math.sin(step)) for step in range(20_000)]
    insight = JobInsight(job(), [], {"loss": points, "auc": points}, {"CPUUtilization": {"algo-1": points}})
    assert len(job_page(insight)) < 300_000


def test_utilisation_begins_with_the_job():
    before = [(BEGAN.timestamp() - 1, 5.0), (BEGAN.timestamp() + 1, 7.0)]
    ended = job(TrainingEndTime=BEGAN + timedelta(seconds=7))
    html = job_page(JobInsight(ended, [], {}, {"CPUUtilization": {"algo-1": before}}))
    (chart,) = re.findall(r'aria-label="CPUUtilization">(.*?)</svg>', html, re.DOTALL)
    marks = [float(mark) for mark in re.findall(r'text-anchor="middle">(-?[0-9.]+)<', chart)]
    assert (min(marks), max(marks) >= 7) == (0.0, True)


def test_savings_on_the_local_aws_are_its_rule_and_no_money():
    spot = job(EnableManagedSpotTraining=True, BillableTimeInSeconds=36)
    local = render_job(JobInsight(spot, [], {}, {}), "local", {})
    assert "by a fixed rate of the local AWS; nothing is paid" in local
    assert "of the price on demand" in render_job(JobInsight(spot, [], {}, {}), "dev", {})


def test_time_on_the_local_aws_may_contain_the_building_of_the_environment():
    assert "with the building of the environment" in render_job(JobInsight(job(), [], {}, {}), "local", {})


PROCESSING = {
    "ProcessingInputs": [{"InputName": "raw", "S3Input": {"S3Uri": "s3://data/a/raw/"}}],
    "ProcessingOutputConfig": {"Outputs": [{"OutputName": "train", "S3Output": {"S3Uri": "s3://data/a/train"}}]},
    "ProcessingResources": {"ClusterConfig": {"InstanceCount": 2, "InstanceType": "ml.m5.large"}},
    "Environment": {"MODE": HOSTILE},
}


def test_a_processing_jobs_page_has_inputs_outputs_and_log():
    record = {"kind": "prepare", "data": {"raw": {"version": "00ff"}}}
    html = render_work(
        WorkInsight(work("processing", PROCESSING), [LogLine("s", 1, "wrote 3 rows")], {}, record), "dev"
    )
    for text in ("s3://data/a/raw/", "s3://data/a/train", "00ff", "wrote 3 rows", "1 min 30 s", "prepare"):
        assert text in html
    is_safe(html)


def test_a_failed_jobs_page_has_its_reason():
    failed = work("processing", {**PROCESSING, "FailureReason": "AlgorithmError: no rows"}, "Failed")
    html = render_work(WorkInsight(failed), "dev")
    assert "AlgorithmError: no rows" in html
    assert "/aws/sagemaker/ProcessingJobs, dev-a-processing/" in html


def test_a_transform_jobs_page_has_its_predictions():
    description = {
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3Uri": "s3://data/a/questions/"}},
            "ContentType": "text/csv",
        },
        "TransformOutput": {"S3OutputPath": "s3://data/a/transform/j"},
        "TransformResources": {"InstanceCount": 1, "InstanceType": "ml.m5.large"},
        "ModelName": "dev-a-model",
    }
    html = render_work(WorkInsight(work("transform", description)), "dev")
    for text in ("s3://data/a/questions/", "s3://data/a/transform/j", "dev-a-model"):
        assert text in html


def pipeline(status="SUCCEEDED", **values):
    asked = json.dumps({"workload": "a", "origin": {"by": "ada", "dirty": False, "commit": ""}, "overrides": {}})
    description = {"input": asked, "output": json.dumps({"endpoint_name": "dev-a"}), "cause": "no rows"}
    entered = [("Begin", BEGAN), ("Plan", BEGAN), ("Train?", BEGAN), ("Train", BEGAN + timedelta(seconds=3))]
    jobs = [StageJob("Train", "dev-a-1", "Completed", "9 s", "auc 0.9")]
    fields = {"gate": Gate(True, "auc at least 0.8"), "version": {"ModelPackageVersion": 4}, **values}
    return render_pipeline(PipelineInsight(work("pipeline", description, status), entered, jobs, **fields), "dev")


def test_a_pipelines_page_has_stages_jobs_gate_and_version():
    html = pipeline()
    for text in (
        ">Train: 87.0 s<",
        "dev-a-1",
        "auc 0.9",
        "auc at least 0.8",
        "version 4",
        "<dt>endpoint</dt>",
        '<dt>origin, by</dt><dd class="">ada</dd>',
    ):
        assert text in html
    assert "origin, commit" not in html
    is_safe(html)


def test_an_axis_of_equal_values_is_close_around_them():
    assert ticks(0.95, 0.95, about=4) == [0.85, 0.9, 0.95, 1.0, 1.05]
    assert ticks(0, 0, about=4) == [-1, -0.5, 0, 0.5, 1]


def test_a_failed_pipelines_page_has_the_cause():
    html = pipeline("FAILED", version=None, gate=None)
    assert '<pre class="reason">no rows' in html


def test_a_stage_that_is_entered_again_counts_once():
    moments = [BEGAN + timedelta(seconds=second) for second in (0, 5, 6, 11, 12)]
    states = ["Deploy", "Endpoint starting", "Endpoint", "Endpoint starting", "Endpoint"]
    stages = list(phases(list(zip(states, moments, strict=True)), BEGAN, BEGAN + timedelta(seconds=13)))
    assert [(stage.key, stage.start, stage.seconds) for stage in stages] == [
        ("Deploy", 0.0, 5.0),
        ("Endpoint starting", 5.0, 7.0),
        ("Endpoint", 6.0, 7.0),
    ]


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
