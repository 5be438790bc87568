"""`launchpad serve` and `launchpad predict` with options of each mode: what they ask for, and what they refuse."""

from __future__ import annotations

from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from launchpad.cli.application import application
from launchpad.cli.asking import Asking
from launchpad.cli.commands import predict as predicting
from launchpad.cli.commands import serve as module
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client import served_model as served_models
from launchpad.platform_client.candidates import Candidate
from launchpad.platform_client.served_model import ServedModel, endpoint_of, served_model

ANSWER = {
    "workload": "boston-housing",
    "endpoint_name": "dev-boston-housing",
    "endpoint_config_name": "c",
    "action": "updated",
    "model_name": "m",
    "training_job_name": "j",
}
CONNECTION: Any = SimpleNamespace(name="dev", caller_arn="", settings=SimpleNamespace(endpoints=(), direct_deploy=True))


def run(*arguments: str) -> Any:
    return CliRunner().invoke(application(arguments), list(arguments))


@pytest.fixture
def asked(monkeypatch):
    """The calls of the deploy function, by the function of `launchpad.platform_client.endpoints`."""
    calls: list[tuple[str, tuple[Any, ...]]] = []

    @contextmanager
    def code(*_: Any, **__: Any) -> Any:
        yield {"origin": {}}

    for name in ("deploy", "restore"):
        monkeypatch.setattr(module.endpoints, name, lambda *args, name=name: calls.append((name, args[2:])) or ANSWER)
    monkeypatch.setattr(module, "connect", lambda _: CONNECTION)
    monkeypatch.setattr(module, "find_platform", lambda _: None)
    monkeypatch.setattr(module, "chosen_code", code)
    monkeypatch.setattr(module, "choose", lambda *_: Candidate("newest"))
    monkeypatch.setattr(module, "follow_endpoint", lambda *_: None)
    monkeypatch.setattr(module.endpoints, "served_artifact", lambda *_: "s3://b/k")
    monkeypatch.setattr(module, "show_pin_elsewhere", lambda *_: None)
    return calls


@pytest.mark.parametrize(
    ("options", "job", "keys"),
    [
        ((), "newest", {}),
        (
            ("--canary", "10", "--bake", "5"),
            "newest",
            {"release": {"traffic": "canary", "percent": 10, "bake_minutes": 5}},
        ),
        (("--job", "j", "--variant", "b", "--weight", "0.2"), "j", {"variant": "b", "weight": 0.2}),
        (("--shadow",), "newest", {"shadow": True}),
        (("--promote", "b"), None, {"promote": "b"}),
    ],
)
def test_serve_asks_for_what_its_options_say(asked, options, job, keys):
    result = run("serve", "boston-housing", "--env", "dev", *options)
    assert result.exit_code == 0, result.output
    ((name, (workload, asked_job, _, asked_keys, _)),) = asked
    assert (name, workload, asked_job, asked_keys) == ("deploy", "boston-housing", job, keys)


def test_serve_brings_back_what_was_removed(asked, monkeypatch):
    monkeypatch.setattr(
        module, "choose", lambda *_: Candidate("j", "as before the endpoint was removed", "record.json")
    )
    result = run("serve", "boston-housing", "--env", "dev")
    ((name, (workload, record, _, by, _)),) = asked
    assert (name, workload, record, by) == ("restore", "boston-housing", "record.json", "serve")
    assert "as before the endpoint was removed" in result.output


def test_serve_says_as_what_the_model_serves(asked):
    result = run("serve", "boston-housing", "--env", "dev", "--variant", "b", "--weight", "0.2")
    assert "variant b, 20% of the requests" in result.output


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--canary", "10", "--rolling", "10"), "canary and rolling exclude each other"),
        (("--variant", "b"), "variant needs its share of the requests"),
        (("--promote", "b", "--job", "j"), "--promote serves the job of the variant"),
        (("--shadow", "--bake", "5"), "bake has no effect with shadow"),
    ],
)
def test_serve_refuses_wrong_options_before_it_connects(monkeypatch, options, words):
    monkeypatch.setattr(module, "connect", lambda _: pytest.fail("connected"))
    result = run("serve", "boston-housing", *options)
    assert result.exit_code == 1
    assert words in " ".join(result.output.split())


REALTIME, QUEUE = ServedModel("dev-a", "realtime"), ServedModel("dev-a", "async")
SHARED = ServedModel("dev-all", "realtime", "a/1.tar.gz")


@pytest.mark.parametrize(
    ("asking", "served", "more", "words"),
    [
        (Asking(stream=True), QUEUE, {}, "--stream: an asynchronous endpoint writes its answers to S3"),
        (Asking(stream=True), REALTIME, {"own_rows": False}, "it needs your rows: add --data FILE"),
        (Asking(stream=True), REALTIME, {"json": True}, "leave --json out"),
        (Asking(stream=True), SHARED, {}, "a shared endpoint has no stream"),
        (Asking(variant="b"), QUEUE, {}, "InvokeEndpointAsync takes no variant"),
        (Asking(asynchronous=True), REALTIME, {}, "dev-a answers at once; write `mode: async`"),
    ],
)
def test_predict_refuses_what_the_endpoint_has_not(asking, served, more, words):
    with pytest.raises(LaunchpadError, match=words):
        asking.check(served, **{"own_rows": True, "json": False, **more})


def test_predict_prints_parts_as_they_come(monkeypatch):
    from launchpad.cli import asking

    monkeypatch.setattr(predicting, "connect", lambda _: CONNECTION)
    monkeypatch.setattr(asking.invocations, "stream", lambda *_: iter([b"1,", b"2"]))
    arguments = ("predict", "boston-housing", "--data", "-", "--stream")
    result = CliRunner().invoke(application(arguments), list(arguments), input="1,2\n")
    assert result.exit_code == 0, result.output
    assert result.stdout == "1,2\n"


def workload(**serving: Any) -> Any:
    section = {"mode": "realtime", "shared_endpoint": None, **serving}
    return SimpleNamespace(name="a", serving=SimpleNamespace(**section))


def pinned(**pin: Any) -> Any:
    objects = [{"Key": f"all/a/{number}.tar.gz", "LastModified": number} for number in (2, 1)]
    pages = SimpleNamespace(paginate=lambda **_: [{"Contents": objects}])
    own = SimpleNamespace(**{"workload": "a", "mode": None, "models": None, **pin})
    settings = SimpleNamespace(endpoints=[own], direct_deploy=False)
    return SimpleNamespace(
        name="prod", settings=settings, client=lambda _: SimpleNamespace(get_paginator=lambda _: pages)
    )


def test_a_pins_mode_replaces_the_workloads():
    assert served_model(pinned(mode="async"), workload()).mode == "async"
    assert served_model(pinned(), workload(mode="serverless")).mode == "serverless"


@pytest.mark.parametrize(
    ("name", "endpoint"),
    [
        ("boston-housing-north", "dev-boston-housing-models"),
        ("boston-housing", "dev-boston-housing"),
        ("no-such-folder", "dev-no-such-folder"),
    ],
)
def test_a_workloads_endpoint_may_be_a_shared_one(name, endpoint):
    assert endpoint_of("dev", name) == endpoint


def test_a_pinned_shared_endpoint_is_asked_for_the_newest_archive():
    served = served_model(pinned(models="s3://models/all/"), workload(shared_endpoint="all"))
    assert (served.endpoint, served.target) == ("prod-all", "a/2.tar.gz")


def test_a_neighbours_pin_of_a_shared_endpoint_answers_for_both(monkeypatch):
    monkeypatch.setattr(served_models, "find_platform", lambda _: None)
    monkeypatch.setattr(served_models, "changes", lambda *_: [])
    connection = pinned(models="s3://models/all/", workload="boston-housing-north")
    south = workload(shared_endpoint="boston-housing-models")
    assert served_model(connection, south).target == "a/2.tar.gz"
    with pytest.raises(LaunchpadError, match=r"prod\.yaml pins none"):
        served_model(pinned(models="s3://models/all/", workload="boston-housing"), south)
