"""What endpoints publish: SageMaker's metrics, their dimensions and values, from invocations."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import create_autospec

from local_aws.api.service import Scope
from local_aws.sagemaker.hosting.fleets import Usage, by_name, fleet_of
from local_aws.sagemaker.hosting.measurements import Fleet, Invocation, Measurements
from local_aws.sagemaker.hosting.metric_data import MOST_VALUES, counted, peak
from local_aws.sagemaker.hosting.model_instance import ModelInstance

SCOPE = Scope("123456789012", "eu-central-1")


def invocation(**members: Any) -> Invocation:
    values = {"endpoint": "e", "variant": "v", "config": "c", "status": 200}
    return Invocation(**{**values, "model_seconds": 0.25, "overhead_seconds": 0.001, **members})


def fleet(instances: int = 2, in_flight: int = 0, mode: str = "realtime") -> Fleet:
    usage = {"CPUUtilization": 130.0, "MemoryUtilization": 10.0, "DiskUtilization": 1.0}
    return Fleet(SCOPE, "e", "v", instances, in_flight, lambda: [usage], mode)


def measurements(*fleets: Fleet) -> Measurements:
    result = Measurements()
    result.fleets = lambda: list(fleets)
    return result


def published(source: Measurements) -> dict[tuple[str, ...], dict[str, Any]]:
    """The datapoints of one minute by namespace, metric and the dimensions in addition to EndpointName, VariantName."""
    data: dict[tuple[str, ...], dict[str, Any]] = {}

    def publish(_scope: Scope, namespace: str, items: list[dict[str, Any]]) -> None:
        for item in items:
            more = sorted(item["Dimensions"].keys() - {"EndpointName", "VariantName"})
            data[(namespace, item["MetricName"], *more)] = item

    source.flush(30.0, publish)
    return data


def total(datum: dict[str, Any]) -> float:
    return sum(value * count for value, count in zip(datum["Values"], datum["Counts"], strict=True))


def test_each_request_counts_for_variant_and_configuration() -> None:
    source = measurements(fleet())
    for status in (200, 200, 415, 500):
        source.invoked(SCOPE, invocation(status=status))
    data = published(source)
    sums = {name: total(data["AWS/SageMaker", name]) for name in ("Invocations", "InvocationsPerInstance")}
    assert sums == {"Invocations": 4, "InvocationsPerInstance": 2}
    errors = ("Invocation4XXErrors", "Invocation5XXErrors", "InvocationModelErrors")
    assert [total(data["AWS/SageMaker", name]) for name in errors] == [1, 1, 2]
    assert total(data["AWS/SageMaker", "Invocations", "EndpointConfigName"]) == 4


def test_latencies_are_in_microseconds() -> None:
    source = measurements(fleet())
    source.invoked(SCOPE, invocation(container="second"))
    data = published(source)
    assert data["AWS/SageMaker", "ModelLatency"]["Values"] == [250000.0]
    assert data["AWS/SageMaker", "OverheadLatency"]["Unit"] == "Microseconds"
    assert data["AWS/SageMaker", "ContainerLatency", "ContainerName"]["Values"] == [250000.0]


def test_utilization_is_published_without_any_request() -> None:
    data = published(measurements(fleet()))
    assert data["/aws/sagemaker/Endpoints", "CPUUtilization"]["Values"] == [130.0]
    assert not [key for key in data if key[0] == "AWS/SageMaker"]


def test_the_fullest_disk_of_a_variant_is_known_once_measured() -> None:
    samples = [{"DiskUtilization": 20.0}, {"DiskUtilization": 80.0}]
    source = measurements(Fleet(SCOPE, "e", "v", 2, 0, lambda: samples))
    assert source.disk_use(SCOPE, "e", "v") == 0.0
    published(source)
    assert source.disk_use(SCOPE, "e", "v") == 80.0
    source.fleets = list
    published(source)
    assert source.disk_use(SCOPE, "e", "v") == 0.0


def test_only_scaled_variants_without_traffic_publish_zeros() -> None:
    source = measurements(fleet())
    source.scaled = lambda _fleet: True
    data = published(source)
    assert data["AWS/SageMaker", "InvocationsPerInstance"]["Values"] == [0.0]


def test_an_asynchronous_variant_has_no_invocations_metric() -> None:
    source = measurements(fleet(mode="async"))
    source.invoked(SCOPE, invocation())
    data = published(source)
    assert ("AWS/SageMaker", "ModelLatency") in data
    assert ("AWS/SageMaker", "Invocations") not in data


def test_values_of_others_are_published_as_they_are() -> None:
    source = measurements()
    source.put(SCOPE, "AWS/SageMaker", "ApproximateBacklogSize", 7, "Count", {"EndpointName": "e"})
    assert published(source)["AWS/SageMaker", "ApproximateBacklogSize"]["Values"] == [7]


def test_concurrency_is_the_peak_per_instance() -> None:
    source = measurements(fleet(instances=2, in_flight=1))
    for _ in range(6):
        source.invoked(SCOPE, invocation(model_seconds=5))
    items: list[dict[str, Any]] = []
    now = time.time()
    source.concurrency(now - 10, now, lambda _scope, _namespace, data: items.extend(data))
    (datum,) = items
    assert datum["StatisticValues"]["Maximum"] == 3
    assert datum["StatisticValues"]["Minimum"] == 0.5


def test_overlapping_spans_are_counted_at_their_peak() -> None:
    assert peak([(0, 4), (1, 2), (3, 5), (3.5, 6)], 0) == 3
    assert peak([(0, 4), (5, 6)], 4.5) == 1


def test_many_latencies_become_few_values() -> None:
    datum = counted("ModelLatency", "Microseconds", (), {1000 + index * 7.3: 1 for index in range(5000)}, 0)
    assert len(datum["Values"]) <= 10 * MOST_VALUES
    assert sum(datum["Counts"]) == 5000


def test_two_fleets_of_an_update_count_as_one_variant() -> None:
    def variant(count: int, in_flight: int) -> Any:
        return SimpleNamespace(name="v", count=count, in_flight=in_flight, instances=[], settings={})

    endpoint: Any = SimpleNamespace(scope=SCOPE, name="e", details={})
    (both,) = [fleet_of(endpoint, variants, Usage()) for variants in by_name([variant(2, 1), variant(1, 3)])]
    assert (both.instances, both.in_flight) == (3, 4)


def test_an_instance_is_measured_from_its_start(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as program:
        try:
            time.sleep(1)
            programs = [(program.pid, tmp_path)]
            instance = create_autospec(
                ModelInstance, instance=True, place=SimpleNamespace(gigabytes=1), programs=programs
            )
            (sample,) = Usage().sample([instance])
        finally:
            program.kill()
    assert sample["CPUUtilization"] > 1
    assert sample["MemoryUtilization"] > 0
