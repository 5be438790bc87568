"""How many requests fail while an endpoint changes: `make benchmark-reliability`.

16 clients send requests without a pause, while the endpoint is updated, released as a canary, linearly and rolling,
rolled back by an alarm, scaled in and out, and one of its containers is killed. No request may fail, except those that
the killed container had at that moment. The traffic of each second, by fleet, is written as CSV; the docs' pictures are
drawn from it. The clock of the local AWS is 60 times as fast, so that a canary's five minutes take five seconds.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "packages" / "local-aws")]  # `tests` is one namespace package in both

from benchmarks.traffic import Record, Traffic  # noqa: E402
from tests.local_aws.conftest import PLAIN  # noqa: E402
from tests.local_aws.launcher import LocalAws, processes_of, running_local_aws  # noqa: E402
from tests.local_aws.plain_endpoints import PlainEndpoints, server  # noqa: E402

CLIENTS = 16
INSTANCES = 2
SPEED = "60"
CANARY = {
    "TrafficRoutingConfiguration": {
        "Type": "CANARY",
        "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 50},
        "WaitIntervalInSeconds": 300,
    },
    "TerminationWaitInSeconds": 60,
}
LINEAR = {
    "TrafficRoutingConfiguration": {
        "Type": "LINEAR",
        "LinearStepSize": {"Type": "CAPACITY_PERCENT", "Value": 50},
        "WaitIntervalInSeconds": 300,
    },
    "TerminationWaitInSeconds": 60,
}
ROLLING = {"MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 50}, "WaitIntervalInSeconds": 300}
ALARM = "benchmark-alarm"
CHANGE_SECONDS = 60
KILL_WINDOW_SECONDS = 1.0
"""How long after a kill a request that was on its way may still report its failure."""


@dataclass
class Benchmark:
    """One endpoint, and the changes to it."""

    aws: LocalAws
    endpoints: PlainEndpoints
    name: str
    record: Record
    version: int = 1
    """The version of the last configuration."""
    fleet: str = "v1"
    """What responds when nothing changes."""

    def update(self) -> None:
        """UpdateEndpoint, all at once."""
        self.endpoints.sagemaker.update_endpoint(EndpointName=self.name, EndpointConfigName=self._next_config())
        self.fleet = f"v{self.version}"
        self._settle()

    def canary(self) -> None:
        """Half of the instances first, the rest after five minutes."""
        self._replace({"BlueGreenUpdatePolicy": CANARY})

    def linear(self) -> None:
        """Half of the instances, then the other half after five minutes."""
        self._replace({"BlueGreenUpdatePolicy": LINEAR})

    def rolling(self) -> None:
        """One instance after the other, with five minutes in between."""
        self._replace({"RollingUpdatePolicy": ROLLING})

    def _replace(self, policy: dict[str, Any]) -> None:
        """Release the next fleet, and wait until it alone serves."""
        self._release(policy)
        self.fleet = f"v{self.version}"
        self._settle()

    def rollback(self) -> None:
        """A canary that an alarm ends."""
        cloudwatch = self.aws.client("cloudwatch")
        cloudwatch.put_metric_alarm(
            AlarmName=ALARM,
            Namespace="Benchmark",
            MetricName="Problems",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=0,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="notBreaching",
        )
        alarms = {"Alarms": [{"AlarmName": ALARM}]}
        self._release({"BlueGreenUpdatePolicy": CANARY, "AutoRollbackConfiguration": alarms})

        def raise_alarm() -> None:
            if f"v{self.version}" in self.record.recent():
                cloudwatch.put_metric_data(Namespace="Benchmark", MetricData=[{"MetricName": "Problems", "Value": 1}])

        self._settle(raise_alarm)

    def scale_in(self) -> None:
        """Change two instances to one."""
        self._scale(1)

    def scale_out(self) -> None:
        """Change one instance to two."""
        self._scale(INSTANCES)

    def kill(self) -> None:
        """SIGKILL to one of the containers; another one takes its place."""
        victim = min(_containers(self.aws))
        self.record.event("a container is killed")
        os.kill(victim, signal.SIGKILL)
        _until(
            lambda: victim not in _containers(self.aws) and len(_containers(self.aws)) == INSTANCES, "a new container"
        )
        self.record.event("another container serves")

    def _release(self, deployment: dict[str, Any]) -> None:
        config = self._next_config()
        self.endpoints.sagemaker.update_endpoint(
            EndpointName=self.name, EndpointConfigName=config, DeploymentConfig=deployment
        )

    def _scale(self, count: int) -> None:
        self.endpoints.sagemaker.update_endpoint_weights_and_capacities(
            EndpointName=self.name,
            DesiredWeightsAndCapacities=[{"VariantName": "AllTraffic", "DesiredInstanceCount": count}],
        )
        self._settle()

    def _next_config(self) -> str:
        self.version += 1
        return _config(self.endpoints, self.version)

    def _settle(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Wait until the endpoint is InService, and only its fleet responds."""
        last_status = ""

        def is_settled() -> bool:
            nonlocal last_status
            meanwhile()
            status = self.endpoints.describe(self.name)["EndpointStatus"]
            if status != last_status:
                self.record.event(f"the endpoint is {status}")
                last_status = status
            return bool(status == "InService" and set(self.record.recent()) == {self.fleet})

        _until(is_settled, f"only {self.fleet} to respond")


STEPS: dict[str, Callable[[Benchmark], None]] = {
    "update": Benchmark.update,
    "canary": Benchmark.canary,
    "linear": Benchmark.linear,
    "rolling": Benchmark.rolling,
    "rollback": Benchmark.rollback,
    "scale in": Benchmark.scale_in,
    "scale out": Benchmark.scale_out,
    "container kill": Benchmark.kill,
}


def main() -> None:
    """Run every step under load; exits with 1 if a request failed that may not fail."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="least length of each step (default: 60)")
    parser.add_argument("--csv", type=Path, default=ROOT / "build" / "reliability.csv", help="where the traffic goes")
    parser.add_argument("--steps", default=",".join(STEPS), help=f"some of: {', '.join(STEPS)}")
    options = parser.parse_args()
    failed = 0
    print("| step | requests | requests/s | failed | fleets that responded | took |\n|---|---|---|---|---|---|")
    with _serving() as benchmark:
        for step in options.steps.split(","):
            failed += _run(benchmark, step, options.seconds)
    benchmark.record.write(options.csv)
    print(f"\n{options.csv}: the traffic of each second, by step and fleet")
    sys.exit(int(failed > 0))


def _run(benchmark: Benchmark, step: str, seconds: float) -> int:
    """Run one step for at least ``seconds``; returns how many requests failed that may not."""
    started = time.monotonic()
    benchmark.record.begin(step)
    STEPS[step](benchmark)
    took = time.monotonic() - started
    time.sleep(max(0.0, seconds - took))
    results = benchmark.record.of_step(step)
    errors = [result for result in results if result.error]
    allowed = CLIENTS if step == "container kill" else 0
    fleets = Counter(result.fleet for result in results if not result.error)
    shares = ", ".join(f"{fleet}: {count / len(results):.0%}" for fleet, count in sorted(fleets.items()))
    rate = len(results) / (time.monotonic() - started)
    print(f"| {step} | {len(results):,} | {rate:,.0f} | {len(errors)} | {shares} | {took:.1f} s |", flush=True)
    late = _late(errors, benchmark) if allowed else errors
    for message, count in Counter(error.error for error in late).most_common(3):
        print(f"  {count} x {message}", file=sys.stderr)
    return len(late) + max(0, len(errors) - allowed)


def _late(errors: list[Any], benchmark: Benchmark) -> list[Any]:
    """The failures that a killed container does not explain: their requests were sent after its end."""
    killed = next(second for second, _, title in benchmark.record.events if title == "a container is killed")
    return [error for error in errors if error.start > killed + KILL_WINDOW_SECONDS]


@contextmanager
def _serving() -> Iterator[Benchmark]:
    with running_local_aws(*PLAIN, environment={"LOCAL_AWS_CLOCK": SPEED}) as aws:
        aws.client("s3").create_bucket(Bucket="benchmark")
        endpoints = PlainEndpoints(aws, "benchmark")
        name = endpoints.start(_config(endpoints, 1))
        described = endpoints.wait(name, seconds=CHANGE_SECONDS)
        if described["EndpointStatus"] != "InService":
            sys.exit(f"the endpoint failed: {described.get('FailureReason')}")
        with Traffic(Record(), aws, name, CLIENTS) as traffic:
            yield Benchmark(aws, endpoints, name, traffic.record)


def _config(endpoints: PlainEndpoints, version: int) -> str:
    model = endpoints.model(server(f"VERSION = b'v{version}:'"))
    return endpoints.config(endpoints.variant(model, InitialInstanceCount=INSTANCES))


def _containers(aws: LocalAws) -> set[int]:
    """The processes of the endpoint's containers."""
    containers = set()
    for process in processes_of(aws.process.pid):
        try:
            words = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"model/serve.py" in words:
            containers.add(process)
    return containers


def _until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + CHANGE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            sys.exit(f"waited {CHANGE_SECONDS} s in vain for {what}")
        time.sleep(0.1)


if __name__ == "__main__":
    main()
