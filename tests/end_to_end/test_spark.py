"""Spark by the command line: steps of an EMR cluster, then job runs of EMR Serverless in the same environment.

IAM is enforced: a data scientist's role starts what the on-call's stops. The first run builds Spark's environment
(400 MB) and needs Java 17: pytest -m spark.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from launchpad.duties import Duty, role_name
from launchpad.duties.commands import EVERYONE
from tests.end_to_end.conftest import CACHE, LINKED, linked_checkout
from tests.end_to_end.duty_walks import APPROVER, AUDITOR, NAME, ON_CALL, SCIENTIST
from tests.end_to_end.enforced_account import NUMBER, SETS, Account
from tests.local_aws.launcher import FAST_SERVICES, running_local_aws

pytestmark = pytest.mark.spark
WEEK = 7 * 24 * 60
CONFIG: dict[str, Any] = {
    "name": NAME,
    "account": NUMBER,
    "region": "us-east-1",
    "retain_data": False,
    "workloads": ["counting", "sleeping"],
    "network": {},
    "people": {duty.key: {"permission_set": name} for duty, name in SETS.items()},
}
SECTIONS: dict[str, dict[str, Any]] = {
    "cluster": {"spark": {"certificates": "spark/tls.zip", "idle_minutes": WEEK}},
    "serverless": {"spark_serverless": {}},
}
FINISHED = {"cluster": "COMPLETED", "serverless": "SUCCESS"}
SCRIPTS = {
    "counting": 'print("rows", SparkSession.builder.getOrCreate().range(7).count(), *sys.argv[1:])',
    "sleeping": "time.sleep(500)",
}
IMPORTS = "import sys\nimport time\n\nfrom pyspark.sql import SparkSession\n\n"


def write_workload(root: Path, name: str, program: str) -> None:
    folder = root / "workloads" / name
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "step.py").write_text(IMPORTS + program + "\n", "utf-8")
    spark = {"entry_point": "step.py", "arguments": ["hello"]}
    settings = {"name": name, "description": "Tests.", "image": {"algorithm": "xgboost"}, "spark": spark}
    (folder / "workload.yaml").write_text(yaml.safe_dump(settings), "utf-8")


def succeeds(account: Account, *arguments: str, duty: Duty | None = None) -> str:
    """What a command printed that must succeed, run by a duty or by the account's administrator."""
    result = account.launchpad(*arguments, "--env", NAME, **(account.person(duty) if duty else {}))
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """A checkout with a workload for each script, and an account with nothing deployed."""
    checkout = linked_checkout(tmp_path_factory.mktemp("spark"), sorted({*LINKED} - {"config"}))
    (checkout.root / "config").mkdir()
    for name, program in SCRIPTS.items():
        write_workload(checkout.root, name, program)
    state = tmp_path_factory.mktemp("state")
    options = ("--cache", str(CACHE), "--state", str(state), "--stop-grace", "2", "--iam")
    with running_local_aws(*options, environment=FAST_SERVICES) as aws:
        account = Account(checkout, aws, state)
        write_config(account, {})
        succeeds(account, "bootstrap", "--yes")
        yield account


def write_config(account: Account, sections: dict[str, Any]) -> None:
    (account.checkout.root / "config" / f"{NAME}.yaml").write_text(yaml.safe_dump({**CONFIG, **sections}), "utf-8")


@pytest.fixture(scope="module", params=SECTIONS)
def service(request: pytest.FixtureRequest, bare: Account) -> str:
    """The service that runs the environment's Spark; the second deploy takes the place of the first."""
    write_config(bare, SECTIONS[request.param])
    succeeds(bare, "deploy", "--yes")
    return str(request.param)


@pytest.fixture(scope="module")
def account(bare: Account, service: str) -> Account:
    return bare


@pytest.fixture(scope="module")
def finished(account: Account) -> dict[str, Any]:
    """A step that has succeeded."""
    return dict(json.loads(succeeds(account, "job", "spark", "counting", "--json", duty=SCIENTIST)))


@pytest.fixture(scope="module")
def stopped(account: Account) -> tuple[str, str]:
    """What `job` and `stop` said of a step that was stopped while it ran."""
    variables = {**account.aws.environment, **account.person(SCIENTIST)}
    command = account.checkout.start("job", "spark", "sleeping", "--env", NAME, **variables)
    assert command.stdout
    lines = iter(command.stdout.readline, "")
    shown = next(line for line in lines if "RUNNING" in line)
    stopping = succeeds(account, "stop", "sleeping", "--yes", duty=ON_CALL)
    output, _ = command.communicate(timeout=120)
    assert command.returncode == 1
    return shown + output, stopping


def described(account: Account, name: str) -> dict[str, Any]:
    return dict(json.loads(succeeds(account, "status", name, "--kind", "spark", "--json", duty=APPROVER)))


def test_a_step_is_followed_to_its_end(service, finished):
    assert (finished["workload"], finished["status"]) == ("counting", FINISHED[service])
    assert finished["cost_unknown"]  # and no cost of zero


def test_a_step_is_found_by_workload_name_and_id(account, service, finished):
    (work,) = json.loads(succeeds(account, "status", "counting", "--json", duty=SCIENTIST))["work"]
    assert work["status"] == FINISHED[service]
    by_name, by_id = described(account, work["name"]), described(account, finished["name"])
    assert by_name == by_id
    assert (by_id["name"], by_id["id"], by_id["workload"]) == (work["name"], finished["name"], "counting")
    assert by_id["ended"] > by_id["started"]


@pytest.mark.parametrize(("by", "duty"), [("workload", SCIENTIST), ("id", ON_CALL)])
def test_the_log_has_what_the_script_printed(account, finished, by, duty):
    name = {"workload": "counting", "id": finished["name"]}[by]
    assert "rows 7 hello\n" in succeeds(account, "logs", name, duty=duty)


def test_a_running_step_is_stopped_by_its_workload(account, stopped):
    output, stopping = stopped
    assert "is stopping" in stopping
    assert "the Spark step was cancelled" in output
    (work,) = json.loads(succeeds(account, "status", "sleeping", "--json", duty=ON_CALL))["work"]
    assert work["status"] == "CANCELLED"
    assert "has ended already: CANCELLED" in succeeds(account, "stop", work["name"], "--yes", duty=ON_CALL)


@pytest.mark.parametrize("duty", [APPROVER, ON_CALL, AUDITOR])
def test_no_other_duty_starts_a_step(account, duty):
    result = account.launchpad("job", "spark", "counting", "--env", NAME, **account.person(duty))
    assert result.returncode == 1
    assert f"is missing: `launchpad job` is for the {SCIENTIST}" in result.stderr


@pytest.mark.usefixtures("finished", "stopped")
def test_no_duty_is_refused_what_its_commands_need_of_spark(account):
    # A step's id is looked for as a job, too: of these a duty may describe those that have a name of the environment.
    refused = [call for duty in EVERYONE for call in account.calls(role_name(NAME, duty)) if not call["allowed"]]
    assert [call for call in refused if call["action"].split(":")[0] not in ("sagemaker", "lambda")] == []
