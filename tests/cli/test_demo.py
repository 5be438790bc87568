"""A demo that fails before its first step."""

from __future__ import annotations

import shutil


def test_a_demo_without_its_workload_leaves_no_state_behind(launchpad, checkout):
    result = launchpad("demo")
    assert result.returncode == 1
    assert "boston-housing" in result.stderr
    assert list((checkout / ".local-aws").glob("demo-*")) == []


def test_a_demo_without_its_config_leaves_no_state_behind(launchpad, checkout):
    shutil.rmtree(checkout / "config")
    (checkout / "config").mkdir()
    assert "no environment 'local'" in launchpad("demo").stderr
    assert list((checkout / ".local-aws").glob("demo-*")) == []
