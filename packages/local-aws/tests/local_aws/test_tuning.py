"""Hyperparameter tuning runs real training jobs, and describes and lists them with the best one."""

from __future__ import annotations

import re
import uuid

import pytest

from tests.local_aws.plain_tuning import X, value


def test_a_tuning_job_runs_training_jobs_and_names_the_best(tuning):
    job = tuning.run()
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    trials = tuning.trials(job)
    assert len(trials) == 3
    assert all(
        re.fullmatch(rf"{job['HyperParameterTuningJobName']}-00{number}-[0-9a-f]{{8}}", item["TrainingJobName"])
        for number, item in enumerate(trials, start=1)
    )
    for item in trials:
        assert value(item) == pytest.approx((float(item["TunedHyperParameters"]["x"]) - 3) ** 2, abs=1e-5)
    assert value(job["BestTrainingJob"]) == min(value(item) for item in trials)
    assert job["TrainingJobStatusCounters"]["Completed"] == job["ObjectiveStatusCounters"]["Succeeded"] == 3
    assert job["HyperParameterTuningEndTime"] >= job["CreationTime"]


def test_its_training_jobs_are_like_any_others(tuning):
    job = tuning.run(
        definition={"StaticHyperParameters": {"offset": "1"}, "Environment": {"MODE": "fast"}},
        limits={"MaxNumberOfTrainingJobs": 1},
        top={"Tags": [{"Key": "team", "Value": "blue"}]},
    )
    training = tuning.jobs.describe(job["BestTrainingJob"]["TrainingJobName"])
    assert training["TuningJobArn"] == job["HyperParameterTuningJobArn"]
    tuned = job["BestTrainingJob"]["TunedHyperParameters"]
    assert training["HyperParameters"] == {"offset": "1", **tuned, "_tuning_objective_metric": "loss"}
    assert training["Environment"] == {"MODE": "fast"}
    tags = tuning.client.list_tags(ResourceArn=training["TrainingJobArn"])["Tags"]
    assert tags == [{"Key": "team", "Value": "blue"}]


def test_the_definition_has_its_objective_as_a_hyperparameter(tuning):
    job = tuning.run(definition={"StaticHyperParameters": {"offset": "1"}})
    static = job["TrainingJobDefinition"]["StaticHyperParameters"]
    assert static == {"offset": "1", "_tuning_objective_metric": "loss"}
    summary = tuning.trials(job)[0]
    trained = tuning.jobs.describe(summary["TrainingJobName"])
    assert trained["HyperParameters"]["_tuning_objective_metric"] == "loss"


def test_several_definitions_take_turns_with_their_own_ranges(tuning):
    first = {
        **tuning.definition(),
        "DefinitionName": "left",
        "TuningObjective": {"Type": "Minimize", "MetricName": "loss"},
        "HyperParameterRanges": {"ContinuousParameterRanges": [{**X, "MaxValue": "-5"}]},
    }
    second = {**first, "DefinitionName": "right", "HyperParameterRanges": {"ContinuousParameterRanges": [X]}}
    second["HyperParameterRanges"] = {"ContinuousParameterRanges": [{**X, "MinValue": "2", "MaxValue": "4"}]}
    name = f"tune-{uuid.uuid4().hex[:8]}"
    tuning.client.create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name,
        HyperParameterTuningJobConfig={
            "Strategy": "Random",
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 4, "MaxParallelTrainingJobs": 4},
        },
        TrainingJobDefinitions=[first, second],
    )
    job = tuning.wait(name)
    names = [item["TrainingJobDefinitionName"] for item in tuning.trials(job)]
    assert names == ["left", "right", "left", "right"]
    assert job["BestTrainingJob"]["TrainingJobDefinitionName"] == "right"


def test_a_target_that_is_reached_ends_the_search(tuning):
    criteria = {"TargetObjectiveMetricValue": 1000.0}
    limits = {"MaxNumberOfTrainingJobs": 50, "MaxParallelTrainingJobs": 1}
    job = tuning.run(limits=limits, TuningJobCompletionCriteria=criteria)
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert len(tuning.trials(job)) <= 2


def test_a_tuning_jobs_trials_are_paged_and_sorted_by_objective(tuning):
    job = tuning.run(limits={"MaxNumberOfTrainingJobs": 5, "MaxParallelTrainingJobs": 4})
    best_first = tuning.trials(job, SortBy="FinalObjectiveMetricValue", SortOrder="Ascending")
    assert [value(item) for item in best_first] == sorted(value(item) for item in best_first)
    paginator = tuning.client.get_paginator("list_training_jobs_for_hyper_parameter_tuning_job")
    pages = paginator.paginate(
        HyperParameterTuningJobName=job["HyperParameterTuningJobName"], PaginationConfig={"PageSize": 2}
    )
    assert [len(page["TrainingJobSummaries"]) for page in pages] == [2, 2, 1]
    response = tuning.client.list_hyper_parameter_tuning_jobs(NameContains=job["HyperParameterTuningJobName"])
    (summary,) = response["HyperParameterTuningJobSummaries"]
    assert summary["Strategy"] == "Random"
    assert summary["TrainingJobStatusCounters"]["Completed"] == 5
