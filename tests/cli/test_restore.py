"""What `launchpad restore` says of nothing to restore: a wrong prefix or moment is not the same as no change."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from launchpad.cli.application import application
from launchpad.platform_client import connection, platform

WRITTEN = datetime(2026, 11, 20, 10, tzinfo=UTC)
VERSION = {"Key": "demo/jobs/a", "VersionId": "1", "LastModified": WRITTEN, "Size": 3, "IsLatest": True}


@pytest.fixture
def restored(monkeypatch):
    """Run the command on a bucket with one object that never changed."""

    def pages(Bucket: str, Prefix: str) -> list[dict[str, Any]]:  # noqa: N803 -- boto3's names
        assert Bucket == "models"
        return [{"Versions": [VERSION]} if VERSION["Key"].startswith(Prefix) else {}]

    s3 = SimpleNamespace(get_paginator=lambda _: SimpleNamespace(paginate=pages))
    monkeypatch.setattr(connection, "connect", lambda _: SimpleNamespace(client=lambda _: s3))
    monkeypatch.setattr(platform, "find_output", lambda *_: "models")

    def run(*options: str) -> str:
        arguments = ["restore", "--env", "dev", *options]
        result = CliRunner().invoke(application(arguments), arguments)
        assert result.exit_code == 0, result.output
        return " ".join(result.output.split())

    return run


def test_a_prefix_that_never_had_an_object_is_named(restored):
    text = restored("--at", "2026-11-21T00:00", "--prefix", "dmeo/")
    assert text == "there are no objects of models whose key begins with 'dmeo/', and no earlier versions of any"


def test_a_moment_before_the_first_object_is_named(restored):
    text = restored("--at", "2026-11-20T10:30+02:00")
    assert text == (
        "nothing is known of 2026-11-20 08:30:00 UTC: the oldest version of the objects of models is of 2026-11-20"
        " 10:00:00 UTC"
    )


def test_what_never_changed_is_said_to_be_unchanged(restored):
    text = restored("--at", "2026-11-21T00:00", "--prefix", "demo/")
    assert text == "none of the objects of models whose key begins with 'demo/' was deleted or overwritten since then"
