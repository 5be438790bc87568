"""Spark by the command line: steps of an EMR cluster, then job runs of EMR Serverless in the same environment.

The first run builds Spark's environment (400 MB) and needs Java 17: pytest -m spark.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from launchpad.config_files.yaml_source import parse
from tests.end_to_end.conftest import CACHE, Checkout, Platform, linked_checkout
from tests.local_aws.launcher import FAST_SERVICES, running_local_aws

pytestmark = pytest.mark.spark
WEEK = 7 * 24 * 60
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


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A checkout with a workload for each script, and a local AWS with nothing deployed."""
    checkout: Checkout = linked_checkout(tmp_path_factory.mktemp("spark"))
    for name, program in SCRIPTS.items():
        write_workload(checkout.root, name, program)
    with running_local_aws("--cache", str(CACHE), "--stop-grace", "2", "--iam", environment=FAST_SERVICES) as aws:
        yield Platform(checkout, aws)


@pytest.fixture(scope="module", params=SECTIONS)
def service(request: pytest.FixtureRequest, bare: Platform) -> str:
    """The service that runs the environment's Spark; the second deploy takes the place of the first."""
    config = bare.checkout.root / "config" / "local.yaml"
    settings = {key: section for key, section in parse(config).value.items() if not key.startswith("spark")}
    config.write_text(yaml.safe_dump({**settings, "network": {}, **SECTIONS[request.param]}), "utf-8")
    bare.succeeds("deploy")
    return str(request.param)


@pytest.fixture(scope="module")
def platform(bare: Platform, service: str) -> Platform:
    return bare


@pytest.fixture(scope="module")
def finished(platform: Platform) -> dict[str, Any]:
    """A step that has succeeded."""
    return dict(json.loads(platform.succeeds("job", "spark", "counting", "--json")))


@pytest.fixture(scope="module")
def stopped(platform: Platform) -> tuple[str, str]:
    """What `job` and `stop` said of a step that was stopped while it ran."""
    command = platform.checkout.start("job", "spark", "sleeping", **platform.aws.environment)
    assert command.stdout
    lines = iter(command.stdout.readline, "")
    shown = next(line for line in lines if "RUNNING" in line)
    stopping = platform.succeeds("stop", "sleeping")
    output, _ = command.communicate(timeout=120)
    assert command.returncode == 1
    return shown + output, stopping


def described(platform: Platform, name: str) -> dict[str, Any]:
    return dict(json.loads(platform.succeeds("status", name, "--kind", "spark", "--json")))


def test_a_step_is_followed_to_its_end(service, finished):
    assert (finished["workload"], finished["status"]) == ("counting", FINISHED[service])
    assert finished["cost_unknown"]  # and no cost of zero


def test_a_step_is_found_by_workload_name_and_id(platform, service, finished):
    (work,) = json.loads(platform.succeeds("status", "counting", "--json"))["work"]
    assert work["status"] == FINISHED[service]
    by_name, by_id = described(platform, work["name"]), described(platform, finished["name"])
    assert by_name == by_id
    assert (by_id["name"], by_id["id"], by_id["workload"]) == (work["name"], finished["name"], "counting")
    assert by_id["ended"] > by_id["started"]


@pytest.mark.parametrize("by", ["workload", "id"])
def test_the_log_has_what_the_script_printed(platform, finished, by):
    name = {"workload": "counting", "id": finished["name"]}[by]
    assert "rows 7 hello\n" in platform.succeeds("logs", name)


def test_a_running_step_is_stopped_by_its_workload(platform, stopped):
    output, stopping = stopped
    assert "is stopping" in stopping
    assert "the Spark step was cancelled" in output
    (work,) = json.loads(platform.succeeds("status", "sleeping", "--json"))["work"]
    assert work["status"] == "CANCELLED"
    assert "has ended already: CANCELLED" in platform.succeeds("stop", work["name"])
