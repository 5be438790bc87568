"""Experiments by the SDK's Run: parameters, metrics, files, a job in its context, and runs read as a table."""

import os
from pathlib import Path

import sagemaker
from sagemaker.analytics import ExperimentAnalytics
from sagemaker.experiments.run import Run, list_runs, load_run
from sagemaker.sklearn import SKLearn

bucket, role, scripts = os.environ["BUCKET"], os.environ["ROLE"], os.environ["SCRIPTS"]
session = sagemaker.Session(default_bucket=bucket)
Path("note.txt").write_text("a note")
with Run("lines", "first", sagemaker_session=session) as run:
    run.log_parameter("slope", 2)
    run.log_parameters({"kind": "line"})
    for step, error in enumerate((0.5, 0.25, 0.75)):
        run.log_metric("error", error, step=step)
    run.log_file("note.txt", name="note")
    run.log_artifact("data", f"s3://{bucket}/line/", is_output=False)
    estimator = SKLearn(
        entry_point="sklearn_line.py",
        source_dir=scripts,
        framework_version="1.2-1",
        instance_type="ml.m5.large",
        role=role,
        hyperparameters={"fit-intercept": 1},
        sagemaker_session=session,
    )
    estimator.fit({"train": f"s3://{bucket}/line/"}, job_name="lines-training")
with load_run("first", "lines", sagemaker_session=session) as run:
    run.log_parameter("loaded", 1)

client = session.sagemaker_client
component = client.describe_trial_component(TrialComponentName="lines-first")
assert component["Status"]["PrimaryStatus"] == "Completed"
assert component["Parameters"] == {
    "slope": {"NumberValue": 2.0},
    "kind": {"StringValue": "line"},
    "loaded": {"NumberValue": 1.0},
}
(metric,) = component["Metrics"]
assert (metric["Min"], metric["Max"], metric["Count"]) == (0.25, 0.75, 3), metric
assert component["InputArtifacts"]["data"]["Value"] == f"s3://{bucket}/line/"
note = sagemaker.s3.S3Downloader.read_file(component["OutputArtifacts"]["note"]["Value"], session)
assert note == "a note"
job = client.describe_training_job(TrainingJobName="lines-training")
assert job["ExperimentConfig"]["ExperimentName"] == "lines"
listed = client.list_trial_components(SourceArn=job["TrainingJobArn"])["TrialComponentSummaries"]
assert len(listed) == 1
# The runs' own names: the job's trial component is in the experiment too, but is no run of the SDK.
assert [run.run_name for run in list_runs("lines", sagemaker_session=session)] == ["first"]
table = ExperimentAnalytics(experiment_name="lines", sagemaker_session=session).dataframe()
assert set(table["TrialComponentName"]) == {"lines-first", listed[0]["TrialComponentName"]}
assert table.set_index("TrialComponentName").loc["lines-first", "slope"] == 2.0
