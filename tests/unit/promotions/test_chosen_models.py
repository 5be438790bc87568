"""Which model an environment promotes: an approved version, or what it serves, with the facts of its training."""

from __future__ import annotations

import hashlib
from types import SimpleNamespace
from typing import Any

import pytest

from launchpad.catalogue import load_workload
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.platform import Platform
from launchpad.promotions import candidate
from launchpad.promotions.candidate import choose
from launchpad.promotions.facts import facts, served_words
from tests.unit.promotions.account import (
    ARN,
    CONTENT,
    DIGEST,
    KEY,
    KEY_ARN,
    SCALER,
    TOGETHER,
    WORKLOAD,
    Account,
    promotion,
)


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function from an account to a connection to environment `dev`, which has one version."""
    monkeypatch.setattr(candidate, "record_of", lambda *_: {"origin": {"commit": "a" * 40, "by": "ada"}})
    monkeypatch.setattr(candidate, "find_platform", lambda _: PLATFORM)

    def connect(account: Account, *pins: Any) -> Any:
        versions = {"ModelPackageArn": ARN, "ModelPackageVersion": 7, "ModelApprovalStatus": account.package[STATUS]}
        pages = {
            "list_model_packages": lambda **_: [{"ModelPackageSummaryList": [versions]}],
            "list_objects_v2": account.list_objects,
        }
        account.get_paginator = lambda name: SimpleNamespace(paginate=pages[name])  # type: ignore[attr-defined]
        return SimpleNamespace(name="dev", client=account.client, settings=SimpleNamespace(endpoints=pins))

    return connect


STATUS = "ModelApprovalStatus"
PLATFORM = Platform("data", "of-dev", "log", "launch", "deploy")


def test_the_newest_approved_version_is_chosen_with_its_digest(registry):
    chosen = choose(registry(Account()), WORKLOAD, None, print)
    assert chosen.pin == {
        "from": "dev",
        "model_package": ARN,
        "artifact": f"s3://of-dev/{KEY}",
        "key": KEY_ARN,
        "sha256": DIGEST,
        "trained": {"commit": "aaaaaaaa", "by": "ada"},
    }
    words = dict(facts(chosen, WORKLOAD, {}))
    assert (words["commit"], words["trained by"], words["metrics"]) == ("aaaaaaaa", "ada", "r2 0.63")
    assert words["data"] == "not known: not every channel is versioned"
    assert words["replaces"].startswith("nothing")


@pytest.mark.parametrize(
    ("account", "number", "message"),
    [
        (Account("PendingManualApproval"), None, r"no approved version; .*approve one with `launchpad approve"),
        (Account("Rejected"), 7, "version 7 of dev-boston-housing is Rejected: approve it with"),
        (Account(), 8, "has no version 8; its versions: 7 "),
        (Account(r2="0.4"), None, r"does not pass, quality gate: r2 is 0.4, it must be at least 0.5; choose another"),
        (Account(artifact=""), None, r"the artifact of .* is gone \(it has none\)"),
    ],
)
def test_a_version_that_may_not_be_served_is_not_promoted(registry, account, number, message):
    with pytest.raises(LaunchpadError, match=message):
        choose(registry(account), WORKLOAD, number, print)


def served(monkeypatch: pytest.MonkeyPatch, uri: str, **pinned: Any) -> Any:
    monkeypatch.setattr(candidate, "_in_service", lambda *_: uri)
    monkeypatch.setattr(candidate, "as_promotion_role", lambda _: None)
    return SimpleNamespace(workload="boston-housing", promoted=promotion(**pinned).promoted)


def test_of_a_pinned_environment_what_it_serves_is_promoted(registry, monkeypatch):
    pin = served(monkeypatch, f"s3://of-dev/{KEY}")
    chosen = choose(registry(Account(), pin), WORKLOAD, None, print)
    assert (chosen.model_package, chosen.sha256) == (ARN, DIGEST)


def test_the_facts_of_the_training_go_on_where_its_record_is_out_of_reach(registry, monkeypatch):
    trained = {"commit": "0a1b2c3d", "by": "ada"}
    pin = served(monkeypatch, f"s3://of-dev/{KEY}", trained=trained)
    connection = registry(Account(), pin)
    monkeypatch.setattr(candidate, "record_of", lambda *_: None)
    chosen = choose(connection, WORKLOAD, None, print)
    assert chosen.pin["trained"] == trained
    words = dict(facts(chosen, WORKLOAD, {"promoted": chosen.pin}))
    assert (words["commit"], words["data"], words["trained by"]) == ("0a1b2c3d", "not known", "ada")
    assert words["replaces"].endswith(f"SHA-256 {DIGEST}, commit 0a1b2c3d, trained by ada")


def test_a_monitored_model_goes_with_its_baseline(registry):
    account, monitored = Account(), load_workload("direct-marketing-monitored")
    key, folder = KEY.replace("boston-housing", monitored.name), f"{monitored.name}/baselines/dev-{monitored.name}-7/"
    account.package["InferenceSpecification"] = {"Containers": [{"ModelDataUrl": f"s3://of-dev/{key}"}]}
    account.package["CustomerMetadataProperties"] = {"validation:auc": "0.99"}
    account.objects = {("of-dev", key): CONTENT}
    assert dict(facts(choose(registry(account), monitored, 7, print), monitored, {}))["monitoring baseline"].startswith(
        "none: its requests are compared with nothing; `launchpad monitor baseline direct-marketing-monitored --job"
    )
    account.objects["of-dev", f"{folder}baseline.json"] = b"{}"
    assert choose(registry(account), monitored, 7, print).pin["baseline"] == {
        "baseline.json": hashlib.sha256(b"{}").hexdigest()
    }


def test_a_serial_model_goes_with_the_preprocessors_that_it_is_served_with(registry):
    account = Account()
    account.objects["of-dev", SCALER] = CONTENT
    serving = WORKLOAD.serving.model_copy(update={"preprocessors": ("scaler",)})
    serial = WORKLOAD.model_copy(update={"serving": serving})
    with pytest.raises(
        LaunchpadError, match=r"serves nothing behind any, not .*: which preprocessors go with that is not known"
    ):
        choose(registry(account), serial, None, print)
    account.endpoint = [f"s3://of-dev/{SCALER}", f"s3://of-dev/{KEY}"]
    chosen = choose(registry(account), serial, None, print)
    assert chosen.pin["preprocessors"] == TOGETHER["preprocessors"]
    assert dict(facts(chosen, serial, {}))["preprocessors"] == f"s3://of-dev/{SCALER}"


@pytest.mark.parametrize("before", [(), (f"s3://of-dev/{SCALER}", f"s3://of-dev/{SCALER}"), ("s3://b/cleaner/x",)])
def test_preprocessors_that_are_not_those_of_the_workload_are_not_promoted(registry, before):
    account = Account()
    account.endpoint = [*before, f"s3://of-dev/{KEY}"]
    serving = WORKLOAD.serving.model_copy(update={"preprocessors": ("scaler",)})
    serial = WORKLOAD.model_copy(update={"serving": serving})
    with pytest.raises(LaunchpadError, match=r"has the preprocessors scaler, and endpoint .* serves it behind .*serve"):
        choose(registry(account), serial, None, print)


def test_a_folder_of_models_is_named_as_what_a_pin_serves():
    assert served_words({"models": "s3://of-dev/_shared/many/"}) == "s3://of-dev/_shared/many/"


def test_without_its_registry_a_served_model_is_promoted_with_the_reason(registry, monkeypatch):
    pin, account = served(monkeypatch, f"s3://of-dev/{KEY}"), Account()
    account.refused = ("DescribeModelPackage",)
    words = dict(facts(choose(registry(account, pin), WORKLOAD, None, print), WORKLOAD, {}))
    assert "can't be read from dev: not authorized" in words["version"]
    assert words["quality gate"] == "checked when it was deployed to dev, not again"


@pytest.mark.parametrize(
    ("serves", "content", "number", "message"),
    [
        ("", CONTENT, None, "serves nothing, and the config pins"),
        ("s3://of-dev/other", CONTENT, None, "serves s3://of-dev/other, and the config pins"),
        (f"s3://of-dev/{KEY}", b"other", None, "it was overwritten; find out who wrote it"),
        (f"s3://of-dev/{KEY}", CONTENT, 6, "dev proves version 7 of boston-housing, which its config pins"),
    ],
)
def test_what_was_not_proven_there_is_not_promoted(registry, monkeypatch, serves, content, number, message):
    pin, account = served(monkeypatch, serves), Account()
    account.objects["of-dev", KEY] = content
    with pytest.raises(LaunchpadError, match=message):
        choose(registry(account, pin), WORKLOAD, number, print)
