"""Hyperparameter tuning runs real training jobs: strategies, early stopping, warm start, the best job, faults."""

from __future__ import annotations

import re
import time
import uuid

import pytest
from botocore.exceptions import ClientError

PARABOLA = """
    import json
    given = json.load(open("input/config/hyperparameters.json"))
    x = float(given["x"])
    print(f"loss={(x - 3) ** 2 + float(given.get('offset', 0)):.6f};")
"""
LOSS = {"Name": "loss", "Regex": "loss=([0-9.]+);"}
X = {"Name": "x", "MinValue": "-10", "MaxValue": "10", "ScalingType": "Linear"}
OVER = ("Completed", "Failed", "Stopped")


class Tuning:
    def __init__(self, jobs):
        self.jobs, self.client = jobs, jobs.aws.client("sagemaker")

    def definition(self, script=PARABOLA, **members):
        request = self.jobs.request(script)
        for name in ("TrainingJobName", "HyperParameters"):
            request.pop(name, None)
        request["AlgorithmSpecification"]["MetricDefinitions"] = [LOSS]
        return {**request, **members}

    def start(self, script=PARABOLA, ranges=None, limits=None, definition=None, top=None, **config):
        name = f"tune-{uuid.uuid4().hex[:8]}"
        self.client.create_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=name,
            HyperParameterTuningJobConfig={
                "Strategy": "Random",
                "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "loss"},
                "ResourceLimits": {"MaxNumberOfTrainingJobs": 3, "MaxParallelTrainingJobs": 2, **(limits or {})},
                "ParameterRanges": ranges or {"ContinuousParameterRanges": [X]},
                **config,
            },
            TrainingJobDefinition={**self.definition(script), **(definition or {})},
            **(top or {}),
        )
        return name

    def describe(self, name):
        return self.client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)

    def wait(self, name, seconds=60):
        deadline = time.monotonic() + seconds
        while (job := self.describe(name))["HyperParameterTuningJobStatus"] not in OVER:
            assert time.monotonic() < deadline, job
            time.sleep(0.05)
        return job

    def run(self, *arguments, **members):
        return self.wait(self.start(*arguments, **members))

    def trials(self, job, **query):
        name = job["HyperParameterTuningJobName"]
        response = self.client.list_training_jobs_for_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=name, **{"MaxResults": 100, **query}
        )
        return response["TrainingJobSummaries"]

    def tuned(self, job):
        return [item["TunedHyperParameters"] for item in self.trials(job)]


def value(summary):
    return summary["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]


@pytest.fixture
def tuning(jobs):
    return Tuning(jobs)


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


def test_autotune_searches_around_the_hint(tuning):
    hints = [{"Name": "x", "ValueHint": "4.0"}, {"Name": "kind", "ValueHint": "line"}]
    job = tuning.run(ranges={"AutoParameters": hints}, top={"Autotune": {"Mode": "Enabled"}})
    assert job["Autotune"] == {"Mode": "Enabled"}
    chosen = job["HyperParameterTuningJobConfig"]["ParameterRanges"]["ContinuousParameterRanges"]
    assert chosen == [{"Name": "x", "MinValue": "2.0", "MaxValue": "8.0"}]
    assert job["TrainingJobDefinition"]["StaticHyperParameters"]["kind"] == "line"
    assert all(2 <= float(parameters["x"]) <= 8 for parameters in tuning.tuned(job))


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


def test_bayesian_search_finds_what_random_search_does_not(tuning):
    """The same seed, and results in order, determine both searches."""
    limits = {"MaxNumberOfTrainingJobs": 25, "MaxParallelTrainingJobs": 1}
    best = {
        strategy: value(tuning.run(limits=limits, Strategy=strategy, RandomSeed=1)["BestTrainingJob"])
        for strategy in ("Random", "Bayesian")
    }
    assert best["Bayesian"] < best["Random"]
    assert best["Bayesian"] < 1


@pytest.mark.parametrize("strategy", ["Random", "Bayesian"])
def test_a_seed_and_one_job_at_a_time_repeat_the_search(tuning, strategy):
    limits = {"MaxNumberOfTrainingJobs": 7, "MaxParallelTrainingJobs": 1}
    first, second = [tuning.tuned(tuning.run(limits=limits, Strategy=strategy, RandomSeed=5)) for _ in range(2)]
    assert first == second
    assert len({item["x"] for item in first}) == 7


def test_grid_search_tries_every_combination_once(tuning):
    script = """
    import json
    given = json.load(open("input/config/hyperparameters.json"))
    print(f"loss={len(json.loads(given['kind'])) * float(given['x'])};")
    """
    ranges = {
        "CategoricalParameterRanges": [
            {"Name": "kind", "Values": ['"a"', '"bb"']},
            {"Name": "x", "Values": ["1", "2", "3"]},
        ]
    }
    limits = {"MaxNumberOfTrainingJobs": 6}
    job = tuning.run(script, ranges=ranges, limits=limits, Strategy="Grid")
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    combinations = sorted((item["kind"], item["x"]) for item in tuning.tuned(job))
    assert combinations == sorted((kind, x) for kind in ('"a"', '"bb"') for x in "123")
    assert job["BestTrainingJob"]["TunedHyperParameters"] == {"kind": '"a"', "x": "1"}


def test_values_stay_in_their_ranges_on_every_scale(tuning):
    ranges = {
        "ContinuousParameterRanges": [
            {"Name": "rate", "MinValue": "0.0001", "MaxValue": "1", "ScalingType": "Logarithmic"},
            {"Name": "momentum", "MinValue": "0.5", "MaxValue": "0.999", "ScalingType": "ReverseLogarithmic"},
        ],
        "IntegerParameterRanges": [{"Name": "depth", "MinValue": "2", "MaxValue": "9", "ScalingType": "Auto"}],
    }
    limits = {"MaxNumberOfTrainingJobs": 12, "MaxParallelTrainingJobs": 4}
    job = tuning.run("print('loss=1.0;')", ranges=ranges, limits=limits, RandomSeed=3)
    tuned = tuning.tuned(job)
    assert all(0.0001 <= float(item["rate"]) <= 1 for item in tuned)
    assert all(0.5 <= float(item["momentum"]) <= 0.999 for item in tuned)
    assert all(item["depth"] in map(str, range(2, 10)) for item in tuned)
    assert sum(float(item["rate"]) < 0.05 for item in tuned) >= 4, "evenly spread, fewer than one would be expected"
    assert sum(float(item["momentum"]) > 0.9 for item in tuned) >= 4


EPOCHS = """
    import json, sys, time
    x = float(json.load(open("input/config/hyperparameters.json"))["x"])
    for epoch in range(1, 41):
        print(f"loss={x + 1 / epoch:.6f};")
        time.sleep(0.05 if x > 5 else 0.005)
"""


def test_early_stopping_stops_jobs_that_are_worse_than_the_median(tuning):
    ranges = {"CategoricalParameterRanges": [{"Name": "x", "Values": ["1", "2", "3", "9"]}]}
    limits = {"MaxNumberOfTrainingJobs": 12, "MaxParallelTrainingJobs": 1}
    job = tuning.run(EPOCHS, ranges=ranges, limits=limits, TrainingJobEarlyStoppingType="Auto", RandomSeed=2)
    trials = tuning.trials(job)
    stopped = [item["TunedHyperParameters"]["x"] for item in trials if item["TrainingJobStatus"] == "Stopped"]
    assert stopped, [(item["TunedHyperParameters"], item["TrainingJobStatus"]) for item in trials]
    assert "1" not in stopped
    assert job["TrainingJobStatusCounters"]["Stopped"] == len(stopped)
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert job["BestTrainingJob"]["TunedHyperParameters"]["x"] == "1"


def test_hyperband_ends_most_jobs_before_their_last_epoch(tuning):
    ranges = {"ContinuousParameterRanges": [{"Name": "x", "MinValue": "0", "MaxValue": "10"}]}
    limits = {"MaxNumberOfTrainingJobs": 10, "MaxParallelTrainingJobs": 2}
    band = {"HyperbandStrategyConfig": {"MinResource": 1, "MaxResource": 20}}
    slow = EPOCHS.replace("0.05 if x > 5 else 0.005", "0.05")
    job = tuning.run(slow, ranges=ranges, limits=limits, Strategy="Hyperband", StrategyConfig=band, RandomSeed=1)
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert job["TrainingJobStatusCounters"]["Stopped"] >= 5


def test_a_warm_start_knows_what_its_parents_found(tuning):
    limits = {"MaxNumberOfTrainingJobs": 12, "MaxParallelTrainingJobs": 2}
    parent = tuning.run(limits=limits, Strategy="Bayesian", RandomSeed=4)
    name = parent["HyperParameterTuningJobName"]
    warm = {
        "ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": name}],
        "WarmStartType": "IdenticalDataAndAlgorithm",
    }
    few = {"MaxNumberOfTrainingJobs": 3, "MaxParallelTrainingJobs": 1}
    child = tuning.run(limits=few, Strategy="Bayesian", RandomSeed=9, top={"WarmStartConfig": warm})
    cold = tuning.run(limits=few, Strategy="Bayesian", RandomSeed=9)
    assert tuning.tuned(child) != tuning.tuned(cold)
    overall = child["OverallBestTrainingJob"]
    assert value(overall) == min(value(parent["BestTrainingJob"]), value(child["BestTrainingJob"]))
    assert "OverallBestTrainingJob" not in cold


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


def test_a_tuning_job_whose_jobs_all_fail_fails_with_sagemakers_reason(tuning):
    job = tuning.run("raise ValueError('no data')", limits={"MaxNumberOfTrainingJobs": 10})
    assert job["HyperParameterTuningJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("No training job succeeded after 5 attempts.")
    assert 5 <= job["TrainingJobStatusCounters"]["NonRetryableError"] <= 6
    assert "BestTrainingJob" not in job
    few = tuning.run("raise ValueError('no data')", limits={"MaxNumberOfTrainingJobs": 2})
    assert few["FailureReason"].startswith("All training jobs failed.")


def test_jobs_that_print_no_objective_count_as_failed_objectives(tuning):
    job = tuning.run("print('nothing to see')", limits={"MaxNumberOfTrainingJobs": 1})
    assert job["TrainingJobStatusCounters"]["Completed"] == 1
    assert job["ObjectiveStatusCounters"]["Failed"] == 1
    assert tuning.trials(job)[0]["ObjectiveStatus"] == "Failed"


def test_stopping_a_tuning_job_stops_its_training_jobs(tuning):
    name = tuning.start("import time; print('loss=1.0;'); time.sleep(60)")
    while len(tuning.describe(name).get("TrainingJobSummaries", tuning.trials(tuning.describe(name)))) < 2:
        time.sleep(0.05)
    tuning.client.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    job = tuning.wait(name, seconds=15)
    assert job["HyperParameterTuningJobStatus"] == "Stopped"
    assert {item["TrainingJobStatus"] for item in tuning.trials(job)} == {"Stopped"}
    with pytest.raises(ClientError, match="is in status Stopped"):
        tuning.client.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)


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


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {"ranges": {"ContinuousParameterRanges": [{**X, "MinValue": "many"}]}},
            "MinValue of hyperparameter x is 'many'",
        ),
        ({"ranges": {"ContinuousParameterRanges": [{**X, "MinValue": "11"}]}}, "is larger than its MaxValue"),
        ({"ranges": {"ContinuousParameterRanges": [{**X, "ScalingType": "Logarithmic"}]}}, "greater than 0"),
        ({"ranges": {"ContinuousParameterRanges": [X, X]}}, "x has more than one range"),
        ({"Strategy": "Grid"}, "CategoricalParameterRanges only"),
        ({"Strategy": "Hyperband"}, "Hyperband needs MaxResource"),
        ({"definition": {"StaticHyperParameters": {"x": "1"}}}, "must not be static and have a range: x"),
        (
            {"HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "auc"}},
            "The objective metric auc is not among the MetricDefinitions: loss",
        ),
        (
            {"top": {"WarmStartConfig": {"ParentHyperParameterTuningJobs": [{}], "WarmStartType": "TransferLearning"}}},
            "A parent in WarmStartConfig needs its HyperParameterTuningJobName",
        ),
    ],
)
def test_a_search_that_cannot_be_is_refused_and_says_why(tuning, members, message):
    with pytest.raises(ClientError, match=message) as caught:
        tuning.start(**members)
    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_the_definition_has_its_objective_as_a_hyperparameter(tuning):
    job = tuning.run(definition={"StaticHyperParameters": {"offset": "1"}})
    static = job["TrainingJobDefinition"]["StaticHyperParameters"]
    assert static == {"offset": "1", "_tuning_objective_metric": "loss"}
    summary = tuning.trials(job)[0]
    trained = tuning.jobs.describe(summary["TrainingJobName"])
    assert trained["HyperParameters"]["_tuning_objective_metric"] == "loss"


def test_one_objective_that_is_nan_fails_alone(tuning):
    script = """
        import json
        print("loss=" + json.load(open("input/config/hyperparameters.json"))["cc"] + ";")
    """
    values = {"Name": "cc", "Values": ["0.5", "nan", "0.25", "0.75"]}
    metrics = {"MetricDefinitions": [{"Name": "loss", "Regex": "loss=(.*?);"}]}
    algorithm = {**tuning.definition()["AlgorithmSpecification"], **metrics}
    name = f"tune-{uuid.uuid4().hex[:8]}"
    config = {
        "Strategy": "Grid",
        "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "loss"},
        "ResourceLimits": {"MaxParallelTrainingJobs": 2},
        "ParameterRanges": {"CategoricalParameterRanges": [values]},
    }
    definition = {**tuning.definition(script), "AlgorithmSpecification": algorithm}
    request = {"HyperParameterTuningJobConfig": config, "TrainingJobDefinition": definition}
    tuning.client.create_hyper_parameter_tuning_job(HyperParameterTuningJobName=name, **request)
    job = tuning.wait(name)
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert job["ObjectiveStatusCounters"] == {"Succeeded": 3, "Pending": 0, "Failed": 1}
    assert value(job["BestTrainingJob"]) == 0.25


def test_names_that_differ_in_case_only_are_refused(tuning):
    name = tuning.start()
    job = tuning.wait(name)
    request = {key: job[key] for key in ("HyperParameterTuningJobConfig", "TrainingJobDefinition")}
    with pytest.raises(ClientError, match="must be unique within an AWS account and region"):
        tuning.client.create_hyper_parameter_tuning_job(HyperParameterTuningJobName=name.upper(), **request)
