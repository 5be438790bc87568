"""Samples of hosts, prices of instances, and what the rules advise about them."""

from __future__ import annotations

from launchpad.costs.instance_choice import Instances
from launchpad.costs.measured import measured
from launchpad.costs.right_sizing import Advice, advise

HOURLY = {
    "ml.m5.large": 0.1,
    "ml.m5.xlarge": 0.2,
    "ml.m5.2xlarge": 0.4,
    "ml.m5.4xlarge": 0.8,
    "ml.c5.2xlarge": 0.35,
    "ml.r5.xlarge": 0.25,
    "ml.g5.xlarge": 1.4,
    "ml.g5.12xlarge": 7.0,
    "ml.t3.large": 0.01,
}
PRICES = {f"AmazonSageMaker/Train:{name}": usd for name, usd in HOURLY.items()}
MINUTE = 60.0


def series(*values: float, samples: int = 10) -> list[tuple[float, float]]:
    values = values * samples if len(values) == 1 else values
    return [(MINUTE * number, value) for number, value in enumerate(values)]


def hosts(samples: int = 10, **loads: list[float]) -> dict:
    """Samples of as many hosts as each metric has values."""
    return {
        f"{name}Utilization": {f"algo-{number}": series(load, samples=samples) for number, load in enumerate(values, 1)}
        for name, values in loads.items()
    }


def advice(utilisation, instance_type, count=1, prices=PRICES, memory=None, hours=2.0, **more) -> list[Advice]:
    gib = {"m5.large": 8, "m5.xlarge": 16, "m5.2xlarge": 32, "m5.4xlarge": 64, "g5.xlarge": 16, "g5.12xlarge": 192}
    memory = memory or gib[instance_type.removeprefix("ml.")]
    local = more.pop("local", False)
    used = measured(utilisation, count, memory, comparable_cpus=not local)
    return advise(used, Instances("Train", instance_type, count, hours, "run", **more), prices, local=local)


def only(listed: list[Advice]) -> Advice:
    (each,) = listed
    return each
