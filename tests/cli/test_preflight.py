"""`launchpad preflight` against Service Quotas as the local AWS has them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from launchpad import paths
from launchpad.cli import terminal as terminal_module
from launchpad.cli.commands import preflight as preflight_command
from launchpad.cli.terminal import SafeConsole
from tests.local_aws.conftest import PLAIN
from tests.local_aws.launcher import LocalAws, running_local_aws

CONFIG = "name: local\naccount: '123456789012'\nregion: ap-south-1\nretain_data: false\n"


@pytest.fixture(scope="module")
def plain_aws() -> Iterator[LocalAws]:
    with running_local_aws(*PLAIN) as server:
        yield server


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Another checkout, so that its config can ask for whatever a test wants."""
    shutil.copytree(paths.WORKLOADS / "boston-housing", tmp_path / "workloads" / "boston-housing")
    shutil.copy(paths.IMAGES_LOCK, tmp_path)
    (tmp_path / "config").mkdir()
    return tmp_path


@pytest.fixture
def preflight(plain_aws, checkout):
    """Runs the command on a config; its exit code and all that it printed."""

    def run(config: str, *options: str) -> tuple[int, str]:
        (checkout / "config" / "local.yaml").write_text(CONFIG + config)
        result = subprocess.run(
            [sys.executable, "-c", "from launchpad.cli.main import app; app()", "preflight", *options],
            env={**os.environ, **plain_aws.environment, "LAUNCHPAD_ROOT": str(checkout), "COLUMNS": "200"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return result.returncode, result.stdout + result.stderr

    return run


def test_a_narrow_terminal_shows_what_asks_below_the_table(monkeypatch, capsys):
    reasons = tuple(f"synthetic-regression-pytorch-{number}: training" for number in range(9))
    demand = SimpleNamespace(quota="ml.m5.2xlarge for training job usage", count=9, reasons=reasons)
    finding: Any = SimpleNamespace(demand=demand, quota=SimpleNamespace(value=2.0), verdict="short by 7")
    terminal = SafeConsole(force_terminal=True, width=80, soft_wrap=True, color_system=None)
    for module in (preflight_command, terminal_module):
        monkeypatch.setattr(module, "out", terminal)
    monkeypatch.setattr(terminal_module.say, "__kwdefaults__", {"console": terminal})
    monkeypatch.setattr(terminal_module.show, "__kwdefaults__", {"console": terminal})
    preflight_command._show("Quotas", [finding])
    printed = capsys.readouterr().out
    assert all(reason in printed for reason in reasons)
    assert "short by 7" in printed


def rows(output: str) -> dict[str, tuple[int, int, str]]:
    """What is needed, what is allowed, and the verdict, by quota."""
    matches = re.findall(r"^ *(ml\.\S+ for .* usage) +(\d+) +(\d+) +(\S.*?)  ", output, re.MULTILINE)
    return {name: (int(needed), int(allowed), verdict) for name, needed, allowed, verdict in matches}


def test_what_aws_allows_is_enough_for_the_demo_workload(preflight):
    code, output = preflight("direct_deploy: true\n")
    assert code == 0, output
    assert rows(output) == {
        "ml.m5.large for endpoint usage": (2, 4, "enough"),
        "ml.m5.large for training job usage": (2, 4, "enough"),
    }


def test_more_than_aws_allows_is_reported_with_numbers_and_exits_with_1(preflight):
    code, output = preflight(
        "instance_limits: {concurrent_jobs: 30}\nnotebooks: [{name: gpu, instance_type: ml.g5.xlarge}]\n"
    )
    assert code == 1, output
    assert rows(output) == {
        "ml.g5.xlarge for notebook instance usage": (1, 0, "short"),
        "ml.m5.large for training job usage": (30, 4, "short"),
    }
    assert "--request" in output


def test_an_increase_is_filed_once_and_exits_with_1_while_pending(preflight, plain_aws):
    config = "notebooks: [{name: gpu, instance_type: ml.g6.xlarge}]\n"
    code, output = preflight(config, "--request")
    assert (code, "requested 1 ml.g6.xlarge for notebook instance usage: PENDING" in output) == (1, True), output
    code, output = preflight(config, "--request")
    assert (code, "1 was requested before, so nothing was filed" in output) == (1, True), output
    client = plain_aws.client("service-quotas", region_name="ap-south-1")
    changes = client.list_requested_service_quota_change_history(ServiceCode="sagemaker")["RequestedQuotas"]
    assert [change["QuotaName"] for change in changes] == ["ml.g6.xlarge for notebook instance usage"]
