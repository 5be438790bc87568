"""What a workload can't reach from the private network is refused, or noted, before a job is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from launchpad.checks.validation import Folders, Validation

OPEN = "network_isolation: false"
CALLS = f"{OPEN}\n  aws_services: [sts]"


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    (tmp_path / "containers").mkdir()
    (tmp_path / "config").mkdir()
    (tmp_path / "workloads" / "demo" / "src").mkdir(parents=True)
    (tmp_path / "workloads" / "demo" / "src" / "train.py").write_text("print()\n")
    (tmp_path / "workloads" / "demo" / "data.py").write_text("print()\n")
    return Folders(tmp_path / "config", tmp_path / "workloads", tmp_path / "containers")


def validated(folders: Folders, config: str, training: str, environment: str = "") -> Validation:
    """Validate one environment with one workload."""
    (folders.config / "dev.yaml").write_text(f"name: dev\nregion: eu-west-1\n{config}\n")
    (folders.workloads / "demo" / "workload.yaml").write_text(
        "name: demo\ndescription: A demo.\nimage: {framework: sklearn}\ntraining:\n  entry_point: train.py\n"
        f"  instance: {{type: ml.m5.large}}\n  channels: {{training: {{prefix: demo/training}}}}\n"
        f"  environment: {{{environment}}}\n  {training}\n"
    )
    return Validation(folders).all()


def problems(folders: Folders, *texts: str) -> list[str]:
    return [str(problem) for problem in validated(folders, *texts).problems]


def test_services_of_an_isolated_program_are_refused(folders):
    (problem,) = problems(folders, "", "aws_services: [sts]")
    assert "workload.yaml:9: training.aws_services: an isolated container reaches no service: write" in problem


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("sagemaker-runtime", "the endpoint of 'sagemaker-runtime' is called 'sagemaker.runtime': write that"),
        ("s3", "S3 is always reached, through an endpoint that costs nothing: remove it"),
        ("secretmanager", "no endpoint of 'secretmanager' is known here; did you mean 'secretsmanager'?"),
        ("translate", "states, sts; reach another with `network: {nat: true}` in the config, and remove it here"),
        ("com.amazonaws.us-east-1.sts", "the last part of the endpoint's name is enough: write 'sts'"),
        ("com.amazonaws.sagemaker.api", "the last part of the endpoint's name is enough: write 'sagemaker.api'"),
        ("sts, sts", "sts is listed twice"),
    ],
)
def test_a_wrong_service_is_reported_with_a_remedy(folders, name, complaint):
    (problem,) = problems(folders, "", f"{OPEN}\n  aws_services: [{name}]")
    assert complaint in problem


def test_services_without_an_endpoint_are_refused(folders):
    (problem,) = problems(folders, "network: {interface_endpoints: false}", CALLS)
    assert "workload.yaml:10: training.aws_services: environment 'dev' has no endpoint of sts: remove" in problem


@pytest.mark.parametrize("config", ["", "network: {nat: true}", "network: {interface_endpoints: false, nat: true}"])
def test_services_with_a_way_to_them_are_taken(folders, config):
    validation = validated(folders, config, CALLS)
    assert (validation.problems, validation.notes) == ([], [])


def test_packages_that_can_not_be_installed_are_refused(folders):
    (folders.workloads / "demo" / "src" / "requirements.txt").write_text("pandas\n")
    (problem,) = problems(folders, "", CALLS)
    assert (
        "workload.yaml:9: training.network_isolation: src/requirements.txt is installed when the container" in problem
    )
    assert "environment 'dev' has no way to the internet: write `network: {nat: true}` in dev.yaml, or" in problem


@pytest.mark.parametrize(
    ("config", "environment"),
    [
        ("network: {nat: true}", ""),
        ("", "PIP_INDEX_URL: https://packages.example.com/simple"),
        ("", 'PIP_NO_INDEX: "1"'),
    ],
)
def test_packages_from_where_the_network_leads_are_taken(folders, config, environment):
    (folders.workloads / "demo" / "src" / "requirements.txt").write_text("pandas\n")
    assert problems(folders, config, CALLS, environment) == []


def test_a_program_that_names_no_service_is_noted(folders):
    (note,) = validated(folders, "", OPEN).notes
    assert note.startswith("demo: the program of `training` reaches S3 and no other service of AWS in dev; name what")


def test_a_program_that_does_not_reach_mlflow_is_noted(folders):
    (note,) = validated(folders, "tracking: {}", CALLS).notes
    assert note.startswith(
        "demo: the program of `training` does not reach MLflow in dev, so it gets no MLFLOW_TRACKING"
    )
    assert "write `network: {nat: true}`, or `tracking: {size: Small}`" in note


def test_a_program_that_reaches_a_server_is_not_noted(folders):
    assert validated(folders, "tracking: {size: Small}", CALLS).notes == []
