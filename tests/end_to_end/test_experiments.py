"""Jobs appear as runs of a real MLflow without a line in their scripts; a script that logs shares its job's run."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.conftest import BYTECODE, CACHE, LINKED, ROOT, Platform, linked_checkout
from tests.end_to_end.duty_walks import TRACKED, UNTRACKED
from tests.end_to_end.enforced_account import SETS, Account
from tests.local_aws import mlflow_client
from tests.local_aws.launcher import running_local_aws

pytestmark = [pytest.mark.workloads, pytest.mark.xdist_group("experiments")]

ISOLATED, LOGGING = "descends", "direct-marketing-mlflow"
CONFIG = """\
name: local
account: "123456789012"
region: us-east-1
retain_data: false
direct_deploy: true
tracking: {}
network: {nat: true} # a job in a VPC reaches an MLflow App through NAT only
people:
"""
CONFIG += "".join(f"  {duty.key}: {{permission_set: {name}}}\n" for duty, name in SETS.items())
RUNS = """
from mlflow.entities import ViewType
experiments = {item.experiment_id: item.name for item in mlflow.search_experiments()}
answer = [
    {
        "experiment": experiments[run.info.experiment_id],
        "status": run.info.status,
        "params": run.data.params,
        "tags": run.data.tags,
        "metrics": {
            key: [(point.step, point.value) for point in MlflowClient().get_metric_history(run.info.run_id, key)]
            for key in run.data.metrics
        },
        "artifacts": [file.path for file in MlflowClient().list_artifacts(run.info.run_id)],
    }
    for run in mlflow.search_runs(experiment_ids=list(experiments), output_format="list")
]
"""


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state") / "server"


@pytest.fixture(scope="module")
def tracked(tmp_path_factory: pytest.TempPathFactory, state: Path) -> Iterator[Platform]:
    """A platform with an MLflow App and two workloads, one of which logs itself, with IAM enforced."""
    checkout = linked_checkout(tmp_path_factory.mktemp("checkout"), set(LINKED) - {"config"})
    (checkout.root / "config").mkdir()
    (checkout.root / "config" / "local.yaml").write_text(CONFIG)
    shutil.copytree(ROOT / "tests/end_to_end/tracked_workloads", checkout.root / "workloads", ignore=BYTECODE)
    for name in (LOGGING, "direct-marketing"):
        shutil.copytree(ROOT / "workloads" / name, checkout.root / "workloads" / name, ignore=BYTECODE)
    workload = checkout.root / "workloads" / LOGGING / "workload.yaml"
    workload.write_text(workload.read_text("utf-8").replace("isolation: true", "isolation: false", 1), "utf-8")
    options = ("--cache", CACHE, "--images", ROOT / "containers", "--stop-grace", "2", "--state", state, "--iam")
    with running_local_aws(*map(str, options)) as aws:
        platform = Platform(checkout, aws)
        platform.succeeds("deploy")
        yield platform


def runs(platform: Platform) -> list[dict[str, Any]]:
    (app,) = platform.client("sagemaker").list_mlflow_apps()["Summaries"]
    return runs_of(platform, app["Arn"])


def runs_of(platform: Platform, arn: str) -> list[dict[str, Any]]:
    described: list[dict[str, Any]] = mlflow_client.run(platform.aws, arn, RUNS, CACHE)
    return described


def until(look: Callable[[], Any]) -> Any:
    """What `look` returns once it is truthy: events arrive a moment after the change that they report."""
    for _ in range(60):
        if result := look():
            return result
        time.sleep(1)
    raise AssertionError("no such run")


@pytest.fixture(scope="module")
def ended(tracked: Platform) -> dict[str, dict[str, Any]]:
    """The runs of both workloads' jobs by workload, after all has ended."""
    tracked.client("s3").put_object(
        Bucket=tracked.output("storage", "DataBucketName"), Key=f"{ISOLATED}/training/a.txt", Body=b"a"
    )
    tracked.succeeds("run", ISOLATED, "--token", "one")
    tracked.succeeds("job", "evaluate", ISOLATED, "--from-job", f"local-{ISOLATED}-one")
    tracked.succeeds("run", LOGGING, "--token", "two")

    def look() -> dict[str, dict[str, Any]] | None:
        by_workload = {run["tags"].get("launchpad.workload"): run for run in runs(tracked)}
        ended_jobs = [name for name, run in by_workload.items() if "launchpad.status" in run["tags"]]
        return (
            by_workload
            if len(ended_jobs) == 2 and "launchpad.evaluation_job" in by_workload[ISOLATED]["tags"]
            else None
        )

    result: dict[str, dict[str, Any]] = until(look)
    return result


def test_an_isolated_job_is_a_run_with_metrics_by_step(ended):
    run = ended[ISOLATED]
    assert run["experiment"] == "launchpad-local/descends"
    assert (run["status"], run["params"]) == ("FINISHED", {"steps": "3"})
    assert run["metrics"]["loss"] == [[0, 1.0], [1, 0.5], [2, 0.25]]
    assert run["tags"]["launchpad.job"] == "local-descends-one"


def test_an_evaluation_is_in_the_run_of_the_job_it_judged(ended):
    run = ended[ISOLATED]
    assert run["metrics"]["evaluation/score"] == [[0, 0.9]]
    assert run["tags"]["launchpad.gate"] == "passed"
    assert 0 < run["metrics"]["evaluation/cost_usd"][0][1] < 1


def test_a_script_that_logs_shares_the_run_of_its_job(tracked, ended):
    run = ended[LOGGING]
    jobs = [other["tags"].get("launchpad.job") for other in runs(tracked)]
    assert jobs.count(f"local-{LOGGING}-two") == 1
    assert None not in jobs
    assert run["params"]["max_depth"] == "3"
    assert len(run["metrics"]["auc"]) >= 1
    assert run["artifacts"] == ["model"]
    assert run["tags"]["launchpad.job"] == f"local-{LOGGING}-two"
    assert run["status"] == "FINISHED"


def test_the_run_of_a_tuning_job_has_the_cost_of_its_training_jobs(tracked, ended):
    tracked.succeeds("job", "tuning", ISOLATED)

    def look() -> dict[str, dict[str, Any]] | None:
        logged = [run for run in runs(tracked) if {"launchpad.best_job", "launchpad.tuning_job"} & run["tags"].keys()]
        by_job = {run["tags"]["launchpad.job"]: run for run in logged if "cost_usd" in run["metrics"]}
        return by_job if len(by_job) == 3 else None

    by_job = until(look)
    (tuning,) = (run for run in by_job.values() if "launchpad.best_job" in run["tags"])
    each = [run["metrics"]["cost_usd"][0][1] for run in by_job.values() if run is not tuning]
    assert min(each) > 0
    assert tuning["metrics"]["cost_usd"][0][1] == pytest.approx(sum(each), abs=2e-6)
    assert tuning["tags"]["launchpad.cost_without"] == "AmazonSageMaker/Train:VolumeUsage.gp2"


def refused(state: Path) -> list[dict[str, Any]]:
    return [call for call in calls(state) if not call["allowed"]]


def calls(state: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (state / "iam-calls.jsonl").read_text("utf-8").splitlines()]


def test_no_role_was_refused_anything(ended, state):
    assert refused(state) == []
    assert "sagemaker:CallMlflowAppApi" in {call["action"] for call in calls(state)}


def test_the_command_prints_an_address_of_the_pages(tracked, state):
    assert_the_pages_open_for_the_scientist_alone(tracked, state)


def assert_the_pages_open_for_the_scientist_alone(platform: Platform, state: Path) -> None:
    account = Account(platform.checkout, platform.aws, state, "local")
    ((scientist,),) = account.all_in_one_process(TRACKED[0]).values()
    assert scientist.code == 0, scientist.output
    assert "authToken=" in scientist.output
    ((other,),) = account.all_in_one_process(UNTRACKED).values()
    assert other.code == 1
    assert "is missing: `launchpad mlflow` is for the data-scientist" in other.output


def test_a_tracking_server_does_for_jobs_and_people_what_the_app_did(tracked, ended, state):
    config = tracked.checkout.root / "config" / "local.yaml"
    config.write_text(config.read_text("utf-8").replace("tracking: {}", "tracking: {size: Small}"), "utf-8")
    before = len(refused(state))
    tracked.succeeds("deploy")
    (server,) = tracked.client("sagemaker").list_mlflow_tracking_servers()["TrackingServerSummaries"]
    tracked.succeeds("run", LOGGING, "--token", "three")
    name = f"local-{LOGGING}-three"

    def look() -> dict[str, Any] | None:
        logged = runs_of(tracked, server["TrackingServerArn"])
        return next(
            (run for run in logged if "cost_usd" in run["metrics"] and run["tags"]["launchpad.job"] == name), None
        )

    run = until(look)
    assert (run["status"], run["params"]["max_depth"], run["artifacts"]) == ("FINISHED", "3", ["model"])
    assert len(refused(state)) == before
    assert_the_pages_open_for_the_scientist_alone(tracked, state)
