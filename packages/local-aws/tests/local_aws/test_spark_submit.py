"""What a cluster's spark-submit says of masters and YARN is left out on one machine; nothing else is."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module

import pytest

from local_aws.runtimes.images import IMAGES


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch) -> Callable[[list[str]], list[str]]:
    monkeypatch.syspath_prepend(str(IMAGES / "spark"))
    monkeypatch.delitem(sys.modules, "submit", raising=False)
    return import_module("submit").local


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--deploy-mode", "cluster", "--master=yarn", "a.py"], ["a.py"]),
        (["--conf", "spark.yarn.queue=q", "--conf", "spark.x=1", "a.py"], ["--conf", "spark.x=1", "a.py"]),
        (["--conf=spark.master=yarn", "--verbose", "a.py"], ["--verbose", "a.py"]),
        (
            ["--py-files", "s3://b/lib.zip", "a.py", "--master", "mine"],
            ["--py-files", "s3://b/lib.zip", "a.py", "--master", "mine"],
        ),
    ],
)
def test_only_what_a_cluster_understands_is_left_out(local, arguments, expected):
    assert local(arguments) == expected
