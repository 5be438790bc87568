"""Every folder of workloads/ goes from its data to a prediction on the local AWS; a new folder needs no line here.

What is particular to a workload is in its own `check.yaml` (see `checks.py`).
"""

import pytest

pytestmark = pytest.mark.workloads


def test_it_goes_from_its_data_to_a_prediction(name, arrive):
    assert arrive(name).record.seconds


def test_its_gate_stops_a_broken_model(name, platform, arrive):
    way = arrive(name)
    if not way.workload.training:
        pytest.skip("it trains no model")
    assert way.workload.quality_gate, f"workloads/{name}/workload.yaml needs a quality_gate"
    assert way.check.broken, f"workloads/{name}/check.yaml needs `broken`: settings of a run that must miss the gate"
    broken = way.check.options({**way.check.settings, **way.check.broken})
    platform.succeeds("run", name, "--token", "broken", *broken)
    way.judge(f"local-{name}-broken")
    refused = platform("serve", name, "--job", f"local-{name}-broken")
    assert refused.returncode != 0
    assert "quality gate" in refused.stdout
