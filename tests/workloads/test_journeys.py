"""Every folder of workloads/ goes from its data to a prediction on the local AWS; a new folder needs no line here.

What is particular to a workload is in its own `check.yaml` (see `checks.py`).
"""

import pytest

from tests.workloads import journey
from tests.workloads.checks import read_check

pytestmark = pytest.mark.workloads


@pytest.fixture(scope="module")
def travelled(platform):
    """Workloads that arrived."""
    return {}


@pytest.fixture
def way(name, platform):
    """The workload's journey, or a reason why this machine can't make it."""
    if missing := read_check(journey.ROOT / "workloads" / name).missing:
        pytest.skip(f"this machine has no {', '.join(missing)}")
    return journey.Journey(platform, name)


def test_it_goes_from_its_data_to_a_prediction(name, way, travelled):
    try:
        way.travel()
    finally:
        way.stop_serving()
    journey.write(way.record)
    travelled[name] = way


def test_its_gate_stops_a_broken_model(name, platform, travelled):
    if name not in travelled:
        pytest.skip("it did not get there")
    way = travelled[name]
    if not way.workload.training:
        pytest.skip("it trains no model")
    assert way.workload.quality_gate, f"workloads/{name}/workload.yaml needs a quality_gate"
    assert way.check.broken, f"workloads/{name}/check.yaml needs `broken`: settings of a run that must miss the gate"
    settings = [part for key, value in way.check.broken.items() for part in ("--set", f"{key}={value}")]
    platform.succeeds("run", name, "--token", "broken", *settings)
    way.judge(f"local-{name}-broken")
    refused = platform("serve", name, "--job", f"local-{name}-broken")
    assert refused.returncode != 0
    assert "quality gate" in refused.stdout
