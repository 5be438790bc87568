"""What `launchpad deploy` asks, and what it says when it is interrupted."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer

from launchpad import catalogue
from launchpad.catalogue import broken_workloads, load_catalogue
from launchpad.cli import deploying, updating
from launchpad.cli.commands.deploy import deploy, hint_at_interruption
from launchpad.cloud_assembly import Stack
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client import taking_back
from launchpad.platform_client.retained import Retained
from launchpad.platform_client.taking_back import Leftovers
from launchpad.processes.interrupts import Interrupted
from launchpad.settings import EnvironmentSettings
from launchpad.updates.deployed import DeployedStack

ENDPOINT = {"Resources": {"Endpoint": {"Type": "AWS::SageMaker::Endpoint"}}}
LEFTOVERS = {"launchpad-dev-studio": DeployedStack("launchpad-dev-studio", "arn", "CREATE_COMPLETE", True, ENDPOINT)}
ON_AWS: Any = SimpleNamespace(name="dev", local=None)


@pytest.fixture
def questions(monkeypatch):
    """What was asked; each question is answered with no."""
    asked: list[str] = []
    monkeypatch.setattr(typer, "confirm", lambda question: bool(asked.append(question)))
    return asked


def test_stacks_are_deleted_only_after_a_question_that_names_them(questions, capsys):
    assert not updating.agreed_to_delete(ON_AWS, LEFTOVERS, yes=False)
    assert questions == ["Delete them?"]
    assert "\n    launchpad-dev-studio a running endpoint" in capsys.readouterr().out


def test_yes_agrees_to_the_deletion(questions):
    assert updating.agreed_to_delete(ON_AWS, LEFTOVERS, yes=True)
    assert questions == []


def test_a_plan_of_one_part_is_refused():
    with pytest.raises(typer.BadParameter, match="leave --plan or --only out"):
        deploy(env="dev", only="jobs", plan=True)


def test_nothing_is_asked_where_no_stack_is_left(questions):
    assert not updating.agreed_to_delete(ON_AWS, {}, yes=False)
    assert questions == []


@pytest.mark.parametrize(
    ("status", "begins"),
    [
        ("REVIEW_IN_PROGRESS", True),
        ("CREATE_IN_PROGRESS", True),
        ("ROLLBACK_COMPLETE", True),
        ("CREATE_COMPLETE", False),
        ("UPDATE_ROLLBACK_COMPLETE", False),
    ],
)
def test_a_bootstrap_that_was_interrupted_is_finished(monkeypatch, tmp_path, status, begins):
    cloudformation = SimpleNamespace(describe_stacks=lambda **_: {"Stacks": [{"StackStatus": status}]})
    settings = SimpleNamespace(region="us-east-1")
    connection: Any = SimpleNamespace(
        local="http://127.0.0.1", account="1" * 12, settings=settings, client=lambda _: cloudformation, variables=dict
    )
    monkeypatch.setattr(deploying.cdk, "start", lambda arguments, *_: arguments)
    monkeypatch.setattr(deploying.cdk, "docker_variables", lambda _: {})
    started = deploying.start_bootstrap(connection, tmp_path / "log")
    assert started == (["bootstrap", f"aws://{'1' * 12}/us-east-1"] if begins else None)


@pytest.fixture
def stacks(monkeypatch):
    """Stack `jobs` needs `network`, and `github` needs nothing; none is deployed, and nothing is left."""
    needs: dict[str, tuple[str, ...]] = {"network": (), "jobs": ("network",), "github": ()}
    stacks = {}
    for part, dependencies in needs.items():
        name = f"launchpad-dev-{part}"
        stacks[name] = Stack(part, Path("manifest.json"), {"stackName": name}, dependencies=dependencies)
        stacks[name].__dict__["template"] = {}  # a cached property, which would read the file
    monkeypatch.setattr(updating, "deploying_client", lambda *_: None)
    monkeypatch.setattr(updating, "deployed_stacks", lambda *_: {})
    monkeypatch.setattr(taking_back, "leftovers", lambda *_: Leftovers())
    return stacks


def test_what_is_in_the_way_is_refused_before_any_question(stacks, monkeypatch, questions):
    notebook = Retained("AWS::SageMaker::NotebookInstance", "Team", "dev-team", "launchpad-dev-jobs")
    monkeypatch.setattr(taking_back, "leftovers", lambda *_: Leftovers(in_the_way=(notebook,)))
    monkeypatch.setattr(updating, "leftover_stacks", lambda *_: LEFTOVERS)
    with pytest.raises(LaunchpadError, match="NotebookInstance dev-team: save the work"):
        updating.plan(ON_AWS, stacks, yes=False, only=None)
    assert questions == []


@pytest.mark.parametrize(("only", "refused"), [("github", False), ("jobs", True), (None, True)])
def test_only_what_is_deployed_may_be_refused(stacks, monkeypatch, only, refused):
    def refuse(_deployed: object, new: Mapping[str, Stack]) -> None:
        if "launchpad-dev-network" in new:
            raise LaunchpadError("can't be deployed in one step")

    monkeypatch.setattr(updating, "refuse_replacements", refuse)
    with pytest.raises(LaunchpadError) if refused else nullcontext():
        updating.plan(ON_AWS, stacks, yes=True, only=only)


def test_an_interrupted_deploy_says_what_goes_on_and_what_to_do():
    with pytest.raises(Interrupted) as interruption, hint_at_interruption("dev"):
        raise Interrupted(signal.SIGINT)
    assert "go on in AWS" in interruption.value.message
    assert "run `launchpad deploy --env dev` again" in interruption.value.message
    assert interruption.value.exit_code == 130


@pytest.mark.parametrize(
    ("local", "is_first", "earlier", "direct"),
    [
        (True, True, Leftovers(), True),
        (True, False, Leftovers(), False),
        (True, True, Leftovers(unknown="denied"), False),
        (False, True, Leftovers(), False),
    ],
)
def test_only_a_first_local_deploy_has_no_change_sets(monkeypatch, local, is_first, earlier, direct):
    arguments: list[str] = []
    monkeypatch.setattr(deploying.CdkRun, "_run", lambda _run, command, *_, **__: arguments.extend(command))
    connection: Any = SimpleNamespace(name="dev", local=local)
    line: Any = SimpleNamespace(say=lambda _text: None)
    deploying.CdkRun(connection, Path(), Path(), line, is_first=is_first).deploy(earlier=earlier)
    assert ("--method" in arguments) == direct


@pytest.fixture
def one_broken(tmp_path, monkeypatch):
    """Two workloads, of which `zz` has a mistake, and a synth that refuses mistakes; what it was called with."""
    for name, version in (("good", ""), ("zz", ", versoin: '1'")):
        (tmp_path / name / "src").mkdir(parents=True)
        text = f"name: {name}\ndescription: x\nimage: {{framework: sklearn{version}}}\n"
        (tmp_path / name / "workload.yaml").write_text(text)
    calls: list[Mapping[str, str]] = []

    def synthesize(env: str, variables: Mapping[str, str]) -> Path:
        calls.append(variables)
        settings, leave_out = (
            EnvironmentSettings(name=env, region="eu-west-1"),
            variables.get("LAUNCHPAD_LEAVE_OUT", ""),
        )
        load_catalogue(settings, tmp_path, leave_out=leave_out.split(","))
        return tmp_path

    monkeypatch.setattr(deploying, "synthesize", synthesize)
    monkeypatch.setattr(catalogue, "broken_workloads", partial(broken_workloads, folder=tmp_path))
    return calls


def test_a_half_written_workload_is_left_out_where_people_write(one_broken, capsys):
    settings = EnvironmentSettings(name="dev", region="eu-west-1", direct_deploy=True)
    deploying.synthesize_what_is_right(settings, {"A": "1"})
    assert one_broken == [{"A": "1"}, {"A": "1", "LAUNCHPAD_LEAVE_OUT": "zz"}]
    warning = capsys.readouterr().err
    assert "workload zz is left out of this deploy" in warning
    assert "workload.yaml:3: image.versoin: unknown key" in " ".join(warning.split())


def test_a_half_written_workload_stops_any_other_environment(one_broken):
    settings = EnvironmentSettings(name="prod", region="eu-west-1")
    with pytest.raises(LaunchpadError, match="versoin"):
        deploying.synthesize_what_is_right(settings, {})
    assert len(one_broken) == 1
