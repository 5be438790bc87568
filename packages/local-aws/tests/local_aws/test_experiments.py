"""Experiments, trials, trial components and their metrics, as the API reference has them."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.plain_jobs import PlainJobs


@dataclass(frozen=True)
class Tracked:
    """An experiment with a trial and a component, each with a different name."""

    client: Any
    metrics: Any
    experiment: str
    trial: str
    component: str

    def put(self, *points: tuple[float, int | None]) -> dict[str, Any]:
        """Put values of the metric "error" with their steps, a second after each other."""
        first = int(time.time()) - 100
        raw = [
            {
                "MetricName": "error",
                "Value": number,
                "Timestamp": str(first + index),
                **({} if step is None else {"Step": step}),
            }
            for index, (number, step) in enumerate(points)
        ]
        return dict(self.metrics.batch_put_metrics(TrialComponentName=self.component, MetricData=raw))

    def described(self) -> dict[str, Any]:
        return dict(self.client.describe_trial_component(TrialComponentName=self.component))

    def components(self, **filters: Any) -> list[str]:
        listed = self.client.list_trial_components(**filters)["TrialComponentSummaries"]
        return [summary["TrialComponentName"] for summary in listed]

    def found(self, *filters: tuple[str, str, str]) -> list[dict[str, Any]]:
        conditions = [dict(zip(("Name", "Operator", "Value"), condition, strict=True)) for condition in filters]
        expression = {"Filters": conditions}
        results = self.client.search(Resource="ExperimentTrialComponent", SearchExpression=expression)["Results"]
        return [hit["TrialComponent"] for hit in results]


@pytest.fixture
def tracked(plain_aws):
    name = f"e-{uuid.uuid4().hex[:12]}"
    client = plain_aws.client("sagemaker")
    client.create_experiment(ExperimentName=name, Description="first", Tags=[{"Key": "team", "Value": "a"}])
    client.create_trial(TrialName=f"{name}-t", ExperimentName=name)
    client.create_trial_component(TrialComponentName=f"{name}-c", Parameters={"rate": {"NumberValue": 0.5}})
    client.associate_trial_component(TrialName=f"{name}-t", TrialComponentName=f"{name}-c")
    return Tracked(client, plain_aws.client("sagemaker-metrics"), name, f"{name}-t", f"{name}-c")


def refused(call: Any, **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as error:
        call(**request)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def test_a_display_name_is_the_name_unless_it_was_set(tracked):
    assert tracked.client.describe_experiment(ExperimentName=tracked.experiment)["DisplayName"] == tracked.experiment
    tracked.client.update_trial(TrialName=tracked.trial, DisplayName="shown")
    assert tracked.client.describe_trial(TrialName=tracked.trial)["DisplayName"] == "shown"


def test_a_name_in_use_is_refused_in_any_case(tracked):
    code, message = refused(tracked.client.create_experiment, ExperimentName=tracked.experiment.upper())
    assert code == "ValidationException"
    assert "already exists" in message  # the SDK loads the experiment then


def test_a_trial_needs_its_experiment(tracked):
    code, message = refused(tracked.client.create_trial, TrialName="lost", ExperimentName="nothing")
    assert code == "ResourceNotFound"
    assert message.endswith(":experiment/nothing' does not exist.")


def test_deletion_goes_from_the_inside_out(tracked):
    delete = tracked.client.delete_trial_component
    assert refused(delete, TrialComponentName=tracked.component)[0] == "ValidationException"
    assert tracked.trial in refused(tracked.client.delete_experiment, ExperimentName=tracked.experiment)[1]
    tracked.client.disassociate_trial_component(TrialName=tracked.trial, TrialComponentName=tracked.component)
    delete(TrialComponentName=tracked.component)
    tracked.client.delete_trial(TrialName=tracked.trial)
    tracked.client.delete_experiment(ExperimentName=tracked.experiment)
    assert refused(tracked.client.describe_trial, TrialName=tracked.trial)[0] == "ResourceNotFound"


def test_an_update_adds_replaces_and_removes_entries(tracked):
    parameters = {"rate": {"NumberValue": 0.25}, "kind": {"StringValue": "line"}}
    tracked.client.update_trial_component(TrialComponentName=tracked.component, Parameters=parameters)
    assert tracked.described()["Parameters"] == parameters
    tracked.client.update_trial_component(TrialComponentName=tracked.component, ParametersToRemove=["rate"])
    assert tracked.described()["Parameters"] == {"kind": {"StringValue": "line"}}


def test_a_component_has_at_most_sixty_artifacts(tracked):
    def update(first: int) -> None:
        artifacts = {f"a{number}": {"Value": "s3://b/a"} for number in range(first, first + 40)}
        tracked.client.update_trial_component(TrialComponentName=tracked.component, OutputArtifacts=artifacts)

    update(0)
    assert "at most 60" in refused(update, first=40)[1]


def test_lists_are_limited_to_an_experiment_a_trial_or_a_component(tracked):
    assert tracked.components(ExperimentName=tracked.experiment) == [tracked.component]
    assert tracked.components(TrialName=tracked.trial) == [tracked.component]
    trials = tracked.client.list_trials(TrialComponentName=tracked.component)["TrialSummaries"]
    assert [trial["TrialName"] for trial in trials] == [tracked.trial]
    both = {"ExperimentName": tracked.experiment, "TrialName": tracked.trial}
    assert refused(tracked.client.list_trial_components, **both)[0] == "ValidationException"
    assert refused(tracked.client.list_trials, ExperimentName="nothing")[0] == "ResourceNotFound"


def test_metrics_are_summarized(tracked):
    assert "Errors" not in tracked.put((0.5, 1), (0.25, 2), (0.75, 3))
    (metric,) = tracked.described()["Metrics"]
    summary = {name: metric[name] for name in ("MetricName", "Min", "Max", "Avg", "Last", "Count")}
    assert summary == {"MetricName": "error", "Min": 0.25, "Max": 0.75, "Avg": 0.5, "Last": 0.75, "Count": 3}
    assert metric["StdDev"] == pytest.approx(0.2041, abs=1e-4)


def test_metrics_are_read_by_step(tracked):
    tracked.put((0.5, 1), (0.25, 2), (0.75, 2), (9.0, None))
    query = {
        "MetricName": "error",
        "ResourceArn": tracked.described()["TrialComponentArn"],
        "MetricStat": "Max",
        "Period": "IterationNumber",
        "XAxisType": "IterationNumber",
    }
    (result,) = tracked.metrics.batch_get_metrics(MetricQueries=[query])["MetricQueryResults"]
    assert (result["Status"], result["XAxisValues"], result["MetricValues"]) == ("Complete", [1, 2], [0.5, 0.75])
    missing = {**query, "ResourceArn": f"{query['ResourceArn']}-lost"}
    (result,) = tracked.metrics.batch_get_metrics(MetricQueries=[missing])["MetricQueryResults"]
    assert result["Status"] == "ValidationError"
    by_time = {**query, "XAxisType": "Timestamp", "Period": "OneMinute"}
    assert refused(tracked.metrics.batch_get_metrics, MetricQueries=[by_time])[0] == "NotImplementedException"


def test_a_metric_without_a_component_or_of_another_month_is_refused(tracked):
    old = {"MetricName": "error", "Value": 1.0, "Timestamp": str(int(time.time()) - 30 * 24 * 3600)}
    fresh = {**old, "Timestamp": str(int(time.time()))}
    put = tracked.metrics.batch_put_metrics
    errors = put(TrialComponentName=tracked.component, MetricData=[fresh, old])["Errors"]
    assert errors == [{"Code": "VALIDATION_ERROR", "MetricIndex": 1}]
    errors = put(TrialComponentName="nothing-here", MetricData=[fresh])["Errors"]
    assert errors == [{"Code": "VALIDATION_ERROR", "MetricIndex": 0}]


def test_search_finds_a_component_by_its_trial_and_its_tags(tracked):
    name = ("TrialComponentName", "Equals", tracked.component)
    (component,) = tracked.found(name, ("Parents.TrialName", "Equals", tracked.trial))
    assert component["Parents"] == [{"TrialName": tracked.trial, "ExperimentName": tracked.experiment}]
    assert tracked.found(name, ("Parents.TrialName", "Equals", "another")) == []
    expression = {"Filters": [{"Name": "Tags.team", "Operator": "Equals", "Value": "a"}]}
    hits = tracked.client.search(Resource="Experiment", SearchExpression=expression)["Results"]
    assert tracked.experiment in [hit["Experiment"]["ExperimentName"] for hit in hits]
    expression = {"Filters": [{"Name": "TrialName", "Operator": "Equals", "Value": tracked.trial}]}
    (hit,) = tracked.client.search(Resource="ExperimentTrial", SearchExpression=expression)["Results"]
    summaries = hit["Trial"]["TrialComponentSummaries"]
    assert [summary["TrialComponentName"] for summary in summaries] == [tracked.component]


@pytest.mark.parametrize("name", ["Parameters.rate", "Metrics.error.Max"])
def test_search_by_what_a_component_logged_is_refused_by_name(tracked, name):
    with pytest.raises(ClientError, match="does not implement Search by a component's"):
        tracked.found((name, "GreaterThan", "0.1"))


@pytest.fixture
def jobs(plain_aws):
    bucket = f"bucket-{uuid.uuid4().hex[:12]}"
    plain_aws.client("s3").create_bucket(Bucket=bucket)
    return PlainJobs(plain_aws, bucket)


def test_a_job_is_a_component_of_the_trial_in_its_experiment_config(tracked, jobs):
    config = {"ExperimentName": tracked.experiment, "TrialName": tracked.trial, "TrialComponentDisplayName": "shown"}
    job = jobs.run("print('done')", HyperParameters={"rate": "0.5"}, ExperimentConfig=config)
    (name,) = tracked.components(SourceArn=job["TrainingJobArn"])
    assert sorted(tracked.components(TrialName=tracked.trial)) == sorted([tracked.component, name])
    component = tracked.client.describe_trial_component(TrialComponentName=name)
    assert component["DisplayName"] == "shown"
    assert component["Status"]["PrimaryStatus"] == "Completed"
    assert component["Source"] == {"SourceArn": job["TrainingJobArn"], "SourceType": "SageMakerTrainingJob"}
    assert component["Parameters"]["rate"] == {"NumberValue": 0.5}
    artifact = component["OutputArtifacts"]["SageMaker.ModelArtifact"]["Value"]
    assert artifact == job["ModelArtifacts"]["S3ModelArtifacts"]
    (component,) = tracked.found(("Source.SourceArn", "Equals", job["TrainingJobArn"]))
    assert component["SourceDetail"]["TrainingJob"]["TrainingJobName"] == job["TrainingJobName"]


def test_a_job_without_a_trial_gets_a_new_one(tracked, jobs):
    job = jobs.run("print('done')", ExperimentConfig={"ExperimentName": tracked.experiment})
    (name,) = tracked.components(SourceArn=job["TrainingJobArn"])
    (trial,) = tracked.client.list_trials(TrialComponentName=name)["TrialSummaries"]
    assert trial["TrialName"] != tracked.trial


def test_a_job_of_a_missing_experiment_is_refused(jobs):
    with pytest.raises(ClientError) as error:
        jobs.run("print('done')", ExperimentConfig={"ExperimentName": "nothing"})
    assert error.value.response["Error"]["Code"] == "ResourceNotFound"


def test_a_job_whose_components_name_is_in_use_is_not_created(tracked, jobs):
    config = {"ExperimentName": tracked.experiment, "TrialName": tracked.trial}
    name = jobs.run("print('done')", ExperimentConfig=config)["TrainingJobName"]
    with pytest.raises(ClientError, match="TrialComponent with name"):
        jobs.start(TrainingJobName=name.upper(), ExperimentConfig=config)  # names of components have no case
    with pytest.raises(ClientError, match="Requested resource not found"):
        jobs.describe(name.upper())
