"""How a tuning job searches: its strategies and seeds, scales, early stopping, and warm starts."""

from __future__ import annotations

import pytest

from tests.local_aws.plain_tuning import value


def test_autotune_searches_around_the_hint(tuning):
    hints = [{"Name": "x", "ValueHint": "4.0"}, {"Name": "kind", "ValueHint": "line"}]
    job = tuning.run(ranges={"AutoParameters": hints}, top={"Autotune": {"Mode": "Enabled"}})
    assert job["Autotune"] == {"Mode": "Enabled"}
    chosen = job["HyperParameterTuningJobConfig"]["ParameterRanges"]["ContinuousParameterRanges"]
    assert chosen == [{"Name": "x", "MinValue": "2.0", "MaxValue": "8.0"}]
    assert job["TrainingJobDefinition"]["StaticHyperParameters"]["kind"] == "line"
    assert all(2 <= float(parameters["x"]) <= 8 for parameters in tuning.tuned(job))


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
