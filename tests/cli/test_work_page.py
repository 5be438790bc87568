"""The pages of processing jobs, transform jobs and pipeline runs: inputs, outputs, stages, reasons and logs."""

from __future__ import annotations

import json
from datetime import timedelta

from launchpad.platform_client.logs import LogLine
from launchpad.report.pipeline_page import PipelineInsight, StageJob, phases, render_pipeline
from launchpad.report.work_page import WorkInsight, render_work
from launchpad.runs.run import Gate
from tests.cli.pages import HOSTILE, is_safe, work
from tests.cli.test_job_page import BEGAN

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
