"""The pin before the present one, to which a rollback of a pinned endpoint goes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from launchpad.cli.pinning import earlier_pin
from launchpad.messages.errors import LaunchpadError
from tests.unit.endpoint_changes import BEGIN, PLATFORM

PIN: dict[str, Any] = {
    "workload": "demo",
    "model_data": None,
    "model_data_key": None,
    "model_package": None,
    "preprocessors_from": lambda _: {},
}


def pinned(*, versions: dict[int, str] | None = None, keys: tuple[str, ...] = (), **pin: Any) -> Any:
    """A connection to an environment with one pin, versions with their approval, and archives in S3."""
    arn = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/qa-demo/"
    summaries = [
        {"ModelPackageArn": f"{arn}{number}", "ModelPackageVersion": number, "ModelApprovalStatus": status}
        for number, status in (versions or {}).items()
    ]
    objects = [{"Key": key, "LastModified": BEGIN + timedelta(number)} for number, key in enumerate(keys)]
    pages = {"ModelPackageSummaryList": summaries, "Contents": objects}
    client = SimpleNamespace(
        get_paginator=lambda _: SimpleNamespace(paginate=lambda **_: [pages]),
        describe_model_package=lambda **request: {
            "ModelPackageArn": request["ModelPackageName"],
            "ModelApprovalStatus": "Approved",
            "CreationTime": BEGIN,
            "InferenceSpecification": {"Containers": [{}]},
        },
    )
    settings = SimpleNamespace(endpoints=[SimpleNamespace(**{**PIN, **pin})], source=Path("config/qa.yaml"))
    return SimpleNamespace(name="qa", settings=settings, client=lambda _: client)


PACKAGE = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/qa-demo/9"


def test_the_pin_before_a_package_is_the_approved_version_before_it():
    connection = pinned(versions={7: "Approved", 8: "Rejected", 9: "Approved", 10: "Approved"}, model_package=PACKAGE)
    assert earlier_pin(connection, PLATFORM, "demo", None) == {"model_package": f"{PACKAGE[:-1]}7"}


def test_a_pin_of_a_named_job_is_its_newest_archive():
    keys = tuple(f"demo/models/j/{digest}/model.tar.gz" for digest in ("1" * 16, "2" * 16))
    pin = earlier_pin(pinned(keys=keys, model_data="s3://elsewhere/demo/x/model.tar.gz"), PLATFORM, "demo", "j")
    assert pin == {"model_data": f"s3://elsewhere/{keys[1]}"}


def test_an_earlier_pin_keeps_the_preprocessors_of_the_present_one():
    before = {"scaler": "s3://b/scaler/model.tar.gz"}
    keys = (f"demo/models/j/{'1' * 16}/model.tar.gz",)
    present: Any = {"model_package": PACKAGE, "preprocessors_from": lambda _: before}
    of_a_job = earlier_pin(pinned(keys=keys, **present), PLATFORM, "demo", "j")
    package = pinned(versions={7: "Approved", 10: "Approved"}, **present)
    for pin in (of_a_job, earlier_pin(package, PLATFORM, "demo", None)):
        assert pin["preprocessors"] == before


@pytest.mark.parametrize(
    ("workload", "pin", "message"),
    [
        ("other", {"model_package": PACKAGE}, "pins no endpoint of 'other'"),
        ("demo", {"model_package": PACKAGE}, "no earlier version of 'demo' is approved; `git log -p config/qa.yaml`"),
        (
            "demo",
            {"model_data": "s3://b/model.tar.gz"},
            "pins an artifact of 'demo', and no commit of this branch has another pin",
        ),
    ],
)
def test_an_earlier_pin_that_is_not_known_is_looked_up_in_git(workload, pin, message):
    with pytest.raises(LaunchpadError, match=message):
        earlier_pin(pinned(**pin), PLATFORM, workload, None)
