"""What a tuning costs before it starts, against calculations by hand, and how a limit is kept."""

from __future__ import annotations

from types import SimpleNamespace

import boto3
import pytest
from botocore.stub import Stubber

from launchpad.checks.environment import check_environment
from launchpad.cli import tuning_budget as command
from launchpad.costs.price_list import Price, PriceList
from launchpad.costs.tuning_budget import over_limit, tuning_budget
from launchpad.messages.errors import InvalidFileError, LaunchpadError
from launchpad.platform_client.training_jobs import recent_seconds
from launchpad.settings import load_settings
from launchpad.workload import Workload
from tests.unit.conftest import WORKLOAD, rendered

TUNING = """
tuning:
  objective: {metric: r2, goal: Maximize}
  max_jobs: 10
  ranges:
    test-size: {min: 0.1, max: 0.4}
"""
HOURLY = {"AmazonSageMaker/Train:ml.m5.large": 0.12, "AmazonSageMaker/Train:VolumeUsage.gp2": 0.73}
LIST = PriceList(
    "eu-west-1", {key: Price(usd=usd, unit="hour", date="2026-01-01", source="x") for key, usd in HOURLY.items()}
)
EACH = 0.12 + 30 * 0.73 / 730
"""A job of an hour, which is the default, with its volume of 30 GB: $0.15."""


def budget(more: str = "", prices: PriceList = LIST):
    definition = rendered(f"{WORKLOAD}{TUNING}{more}")
    return tuning_budget("boston-housing", definition["tuning"], definition["training"], prices)


def test_the_most_is_all_jobs_for_their_whole_time():
    assert budget().most.usd == pytest.approx(10 * EACH)
    assert budget().how == "10 jobs of 60 min, each 1 x ml.m5.large"


def test_the_time_of_the_tuning_is_a_limit_of_its_cost():
    assert budget("  max_runtime_minutes: 90\n").most.usd == pytest.approx(2 * 1.5 * EACH)


def test_a_limit_that_is_kept_refuses_nothing():
    assert budget().refusal(10 * EACH + 0.01) == ""


def test_a_limit_that_is_not_kept_is_refused_with_what_would_keep_it():
    assert budget().refusal(0.80) == (
        "the tuning costs at most $1.50 (10 jobs of 60 min, each 1 x ml.m5.large), which is above the limit of $0.80;"
        " write `tuning.max_jobs: 5`, or `training.max_runtime_minutes: 32`, or `tuning.max_runtime_minutes: 160`"
    )


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        ("max_jobs: 10", "max_jobs: 5"),
        ("  objective", "  max_runtime_minutes: 160\n  objective"),
    ],
)
def test_each_remedy_keeps_the_limit(line, changed):
    definition = rendered((WORKLOAD + TUNING).replace(line, changed))
    assert tuning_budget("x", definition["tuning"], definition["training"], LIST).refusal(0.80) == ""


def test_fewer_jobs_than_run_at_once_are_a_remedy_with_fewer_at_once():
    refusal = budget("  max_parallel_jobs: 5\n").refusal(0.50)
    assert "write `tuning.max_jobs: 3` with `tuning.max_parallel_jobs: 3`, or" in refusal


WARM = PriceList("eu-west-1", {**LIST.prices, "AmazonSageMaker/WarmPool:ml.m5.large": LIST.prices[next(iter(HOURLY))]})


def warm(tuning: str = TUNING, training: str = "keep_alive_minutes: 30", prices: PriceList = WARM):
    definition = rendered(f"{WORKLOAD.replace('training:', f'training:{chr(10)}  {training}', 1)}{tuning}")
    return tuning_budget("x", definition["tuning"], definition["training"], prices)


def test_the_warm_pool_after_each_job_is_counted():
    assert warm().most.usd == pytest.approx(10 * (EACH + 0.06))
    assert warm().how == "10 jobs of 60 min, each 1 x ml.m5.large, then up to 30 min in a warm pool"
    assert warm().expected([360] * 3) == pytest.approx(10 * EACH / 10 + 2 * 0.06)
    assert "WarmPool:ml.m5.large" in warm(prices=LIST).refusal(100)


def test_each_remedy_keeps_the_limit_with_warm_pools():
    refusal = warm().refusal(1.52)
    assert refusal.endswith(
        "write `tuning.max_jobs: 7`, or `training.max_runtime_minutes: 36`, or `tuning.max_runtime_minutes: 183`,"
        " or remove `training.keep_alive_minutes`"
    )
    shorter = "keep_alive_minutes: 30\n  max_runtime_minutes: 36"
    assert warm(TUNING.replace("max_jobs: 10", "max_jobs: 7")).refusal(1.52) == ""
    assert warm(training=shorter).refusal(1.52) == ""
    assert warm(f"{TUNING}  max_runtime_minutes: 183\n").refusal(1.52) == ""


def test_a_grid_is_not_advised_to_have_fewer_jobs():
    grid = TUNING.replace("max_jobs: 10", "strategy: Grid").replace(
        "test-size: {min: 0.1, max: 0.4}", "solver: {type: categorical, values: [svd, lsqr, sag]}"
    )
    definition = rendered(WORKLOAD + grid)
    refusal = tuning_budget("x", definition["tuning"], definition["training"], LIST).refusal(0.20)
    assert "max_jobs" not in refusal
    assert "`training.max_runtime_minutes: 26`" in refusal


def test_where_nothing_shorter_helps_a_cheaper_type_is_the_remedy():
    assert budget().refusal(0.001).endswith("above the limit of <$0.01; choose a cheaper instance type")


@pytest.mark.parametrize("key", HOURLY)
def test_a_limit_needs_all_prices(key):
    prices = PriceList("eu-west-1", {name: price for name, price in LIST.prices.items() if name != key})
    refusal = budget(prices=prices).refusal(100)
    assert f"can't be kept with unknown prices: {key};" in refusal
    assert "`launchpad prices update`" in refusal


def test_earlier_jobs_tell_what_is_expected():
    assert budget().expected([300, 600, 900]) == pytest.approx(10 * EACH / 6)
    assert budget().expected([300, 600]) is None
    assert budget(prices=PriceList("eu-west-1")).expected([300, 600, 900]) is None


def test_not_more_than_the_most_is_expected():
    assert budget("  max_runtime_minutes: 30\n").expected([3000, 3000, 3000]) == pytest.approx(EACH)


def test_the_limit_of_the_file_is_checked_where_it_is_written():
    assert "above the limit of $1.00" in over_limit(rendered(f"{WORKLOAD}{TUNING}  max_cost_usd: 1\n"), LIST)
    assert over_limit(rendered(f"{WORKLOAD}{TUNING}  max_cost_usd: 1.6\n"), LIST) == ""
    assert over_limit(rendered(WORKLOAD + TUNING), LIST) == over_limit(rendered(WORKLOAD), LIST) == ""


def test_validate_and_synth_refuse_a_tuning_above_its_limit(tmp_path):
    config = tmp_path / "dev.yaml"
    config.write_text("name: dev\nregion: eu-west-1\n")
    definition = rendered(f"{WORKLOAD.replace('m5.large', 'm5.xlarge')}{TUNING}  max_cost_usd: 1\n")
    with pytest.raises(InvalidFileError, match=r"in eu-west-1, the tuning costs at most \$\d+\.\d\d \(10 jobs"):
        check_environment(load_settings(config), {"boston-housing": definition}, tmp_path, tmp_path)


def checked(more: str = "") -> Workload:
    from launchpad.config_files.yaml_reader import read_text

    return Workload.model_validate(read_text(f"{WORKLOAD}{TUNING}{more}".encode()).value)


@pytest.fixture
def local(monkeypatch):
    monkeypatch.setattr("launchpad.costs.price_list.region_prices", lambda _: LIST)
    settings = SimpleNamespace(region="eu-west-1")
    return SimpleNamespace(settings=settings, local="http://127.0.0.1:4566", name="local")


def test_the_most_is_said_before_the_start(local, capsys):
    command.check_tuning_budget(local, checked(), {}, None)
    assert "costs at most $1.50 on AWS: 10 jobs of 60 min" in capsys.readouterr().err


def test_a_most_without_any_price_is_called_unknown(local, monkeypatch, capsys):
    monkeypatch.setattr("launchpad.costs.price_list.region_prices", lambda _: PriceList("eu-west-1"))
    command.check_tuning_budget(local, checked(), {}, None)
    assert "what it costs at most on AWS is unknown: 10 jobs of 60 min" in capsys.readouterr().err


def test_what_a_launch_overrides_is_counted(local, capsys):
    command.check_tuning_budget(local, checked(), {"max_runtime_minutes": 6}, None)
    assert "costs at most $0.15" in capsys.readouterr().err


@pytest.mark.parametrize(("flag", "line"), [(1.0, ""), (None, "  max_cost_usd: 1\n"), (1.0, "  max_cost_usd: 9\n")])
def test_the_smaller_of_both_limits_refuses_the_launch(local, flag, line):
    with pytest.raises(LaunchpadError, match=r"above the limit of \$1.00"):
        command.check_tuning_budget(local, checked(line), {}, flag)


def test_earlier_jobs_are_those_of_the_workload_on_the_same_instances():
    sagemaker = boto3.client("sagemaker", region_name="eu-west-1")
    jobs = {
        "dev-a-1": ("a", "ml.m5.large", 60),
        "dev-a-2": ("a", "ml.m5.xlarge", 600),
        "dev-a-b-3": ("a-b", "ml.m5.large", 900),
    }
    with Stubber(sagemaker) as stubber:
        summary = {"TrainingJobArn": "arn:aws:sagemaker:eu-west-1:123456789012:training-job/x"}
        listed = [
            {**summary, "TrainingJobName": name, "CreationTime": 0, "TrainingJobStatus": "Completed"} for name in jobs
        ]
        stubber.add_response("list_training_jobs", {"TrainingJobSummaries": listed})
        for name, (workload, kind, seconds) in jobs.items():
            described = {
                "TrainingJobName": name,
                **summary,
                "ModelArtifacts": {"S3ModelArtifacts": "s3://x"},
                "TrainingJobStatus": "Completed",
                "SecondaryStatus": "Completed",
                "AlgorithmSpecification": {"TrainingInputMode": "File"},
                "ResourceConfig": {"InstanceType": kind, "InstanceCount": 1, "VolumeSizeInGB": 30},
                "OutputDataConfig": {"S3OutputPath": f"s3://models/{workload}/jobs"},
                "StoppingCondition": {},
                "CreationTime": 0,
                "TrainingTimeInSeconds": seconds,
            }
            stubber.add_response("describe_training_job", described, {"TrainingJobName": name})
        connection = SimpleNamespace(name="dev", client=lambda _: sagemaker)
        assert recent_seconds(connection, "a", [("ml.m5.large", 1)]) == [60.0]
