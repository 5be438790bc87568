"""Traffic over time of each serving mode: `make benchmark-modes`.

Clients send requests to endpoints of the local AWS, one mode after the other, while something happens that is the
mode's own: an endpoint without requests ends its containers, a queue wakes its instances up, weights change. What
responded in each second is written as CSV, from which `draw_traffic.py` draws the pictures in the docs. Releases and
real time are in `reliability.py`. The clock of the local AWS is 60 times as fast.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "packages" / "local-aws")]  # `tests` is one namespace package in both

from benchmarks.traffic import Record, Traffic  # noqa: E402
from tests.local_aws.conftest import PLAIN  # noqa: E402
from tests.local_aws.launcher import LocalAws, running_local_aws  # noqa: E402
from tests.local_aws.plain_async import AsyncEndpoints  # noqa: E402
from tests.local_aws.plain_endpoints import PlainEndpoints, server  # noqa: E402
from tests.local_aws.scaled_endpoints import target  # noqa: E402
from tests.local_aws.test_async_endpoints import wake_up  # noqa: E402
from tests.local_aws.test_multi_model import MultiModel  # noqa: E402
from tests.local_aws.test_pipelines import pipeline  # noqa: E402

SPEED = "60"
PAUSE = 0.05
"""Between two requests of a client."""
SECONDS = 6.0
"""How long each state lasts."""
CONTAINER = """
    import uuid
    name = uuid.uuid4().hex[:6].encode()
    Handler.predict = lambda self, body: (time.sleep(0.05), self.answer(200, b"container " + name + b":"))
"""
CRASHING = "Handler.predict = lambda self, body: os._exit(1)"
QUEUED = "Handler.predict = lambda self, body: (time.sleep(0.2), self.answer(200, body))"
NAMED = "VERSION = b'{}:'"
PARTS = """
    def predict(self, body):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for part in range(10):
            self.wfile.write(b"5\\r\\nword \\r\\n")
            self.wfile.flush()
            time.sleep(0.1)
        self.wfile.write(b"0\\r\\n\\r\\n")
    Handler.predict = predict
"""


def main() -> None:
    """Run each mode, and write what responded."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--csv", type=Path, default=ROOT / "build" / "modes.csv", help="where the traffic goes")
    parser.add_argument("--modes", default=",".join(MODES), help=f"some of: {', '.join(MODES)}")
    options = parser.parse_args()
    record = Record()
    for mode in options.modes.split(","):
        with running_local_aws(*PLAIN, environment={"LOCAL_AWS_CLOCK": SPEED}) as aws:
            aws.client("s3").create_bucket(Bucket="benchmark")
            MODES[mode](PlainEndpoints(aws, "benchmark"), record)
        print(f"{mode}: {len(record.of_step(mode)):,} requests", flush=True)
    record.write(options.csv)
    print(f"{options.csv}: draw it by .tools/bin/uv run benchmarks/draw_traffic.py --csv {options.csv}")


def serverless(endpoints: PlainEndpoints, record: Record) -> None:
    """Four requests at a time of three that are allowed; then none until the containers have ended; then two."""
    config = {"MemorySizeInMB": 1024, "MaxConcurrency": 3}
    model = endpoints.model(server(CONTAINER))
    name = _in_service(
        endpoints, endpoints.config({"VariantName": "AllTraffic", "ModelName": model, "ServerlessConfig": config})
    )
    record.begin("serverless")
    with Traffic(record, endpoints.aws, name, 4, PAUSE) as traffic:
        record.event("4 clients, max_concurrency 3")
        time.sleep(SECONDS)
        record.event("no requests")
        with traffic.silence():
            time.sleep(15)  # an idle container ends after 10 to 12.5 minutes of the clock
        record.event("requests again: a cold start")
        time.sleep(SECONDS)


def asynchronous(endpoints: PlainEndpoints, record: Record) -> None:
    """Requests while there is no instance: an alarm starts one, which ends when nothing has waited for a while."""
    queues = AsyncEndpoints(endpoints)
    name = queues.serving(server(QUEUED), {"MaxConcurrentInvocationsPerInstance": 4})
    queues.scale(name, 0)
    wake_up(endpoints.aws, name)
    endpoints.aws.client("application-autoscaling").put_scaling_policy(
        **target(name), PolicyName="backlog", PolicyType="TargetTrackingScaling", **_by_backlog(name)
    )
    record.begin("asynchronous")
    instances = _Instances(endpoints, name, record)
    instances.watch(2)
    record.event("160 requests")
    uri = queues.put(b"row")
    with ThreadPoolExecutor(8) as pool:
        accepted = list(pool.map(lambda _: queues.invoke(name, InputLocation=uri), range(160)))
    with ThreadPoolExecutor(16) as pool:
        for each in accepted:
            pool.submit(_note_result, queues, each["OutputLocation"], record)
        instances.watch(60, until_none=True)
    time.sleep(2)


def _by_backlog(endpoint: str) -> dict[str, Any]:
    metric = {
        "Namespace": "AWS/SageMaker",
        "MetricName": "ApproximateBacklogSizePerInstance",
        "Dimensions": [{"Name": "EndpointName", "Value": endpoint}],
        "Statistic": "Average",
    }
    configuration = {"TargetValue": 5.0, "CustomizedMetricSpecification": metric}
    return {"TargetTrackingScalingPolicyConfiguration": configuration}


def _note_result(queues: AsyncEndpoints, location: str, record: Record) -> None:
    bucket, _, key = location.removeprefix("s3://").partition("/")
    queues.result(location)
    modified = queues.endpoints.aws.client("s3").head_object(Bucket=bucket, Key=key)["LastModified"].timestamp()
    record.add(0, "results in S3", ended=max(0.0, record.now() - (time.time() - modified)))


class _Instances:
    """Notes when an endpoint has another number of instances."""

    def __init__(self, endpoints: PlainEndpoints, name: str, record: Record) -> None:
        self._endpoints, self._name, self._record = endpoints, name, record
        self._last: int | None = None

    def watch(self, seconds: float, *, until_none: bool = False) -> None:
        """Look for so long, or until an instance that there was is gone."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            (variant,) = self._endpoints.describe(self._name)["ProductionVariants"]
            if (count := variant["CurrentInstanceCount"]) != self._last:
                self._record.event("no instance" if not count else f"{count} instance")
                ended, self._last = bool(self._last) and not count, count
                if until_none and ended:
                    return
            time.sleep(0.1)


def variants(endpoints: PlainEndpoints, record: Record) -> None:
    """A challenger gets a fifth of the requests, half, then all."""
    models = {name: endpoints.model(server(NAMED.format(name))) for name in ("AllTraffic", "challenger")}
    weights = {"AllTraffic": 0.8, "challenger": 0.2}
    each = [endpoints.variant(model, name, InitialVariantWeight=weights[name]) for name, model in models.items()]
    name = _in_service(endpoints, endpoints.config(*each))
    record.begin("variants")
    with Traffic(record, endpoints.aws, name, 8, PAUSE):
        record.event("the challenger's weight is 0.2")
        time.sleep(SECONDS)
        for weight in (0.5, 1.0):
            desired = {"AllTraffic": 1 - weight, "challenger": weight}
            endpoints.sagemaker.update_endpoint_weights_and_capacities(
                EndpointName=name,
                DesiredWeightsAndCapacities=[{"VariantName": key, "DesiredWeight": desired[key]} for key in desired],
            )
            endpoints.wait(name)
            record.event(f"its weight is {weight}")
            time.sleep(SECONDS)


def shadow(endpoints: PlainEndpoints, record: Record) -> None:
    """Half of the requests are copied to a shadow; then it fails each of them, which no caller sees."""
    production = endpoints.variant(endpoints.model(server(NAMED.format("production"))))
    record.begin("shadow")
    name, offset = "", record.now() - time.time()
    for title, program in (("the shadow gets half", ""), ("the shadow ends at each", CRASHING)):
        config = endpoints.config(
            production,
            ShadowProductionVariants=[
                endpoints.variant(endpoints.model(server(program)), "Shadow", InitialVariantWeight=0.5)
            ],
        )
        if name:
            endpoints.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=config)
            endpoints.wait(name)
        else:
            name = _in_service(endpoints, config)
        with Traffic(record, endpoints.aws, name, 4, PAUSE):
            record.event(title)
            time.sleep(SECONDS)
    time.sleep(2)  # the last lines of the log
    for moment in _lines(endpoints.aws, name, "Shadow/"):
        record.add(0, "copies to the shadow", ended=moment + offset)


def _lines(aws: LocalAws, endpoint: str, prefix: str) -> list[float]:
    """When the containers of a variant have got requests, in seconds since 1970."""
    logs, group = aws.client("logs"), f"/aws/sagemaker/Endpoints/{endpoint}"
    streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=prefix)["logStreams"]
    pages = [
        logs.filter_log_events(logGroupName=group, logStreamNames=[stream["logStreamName"]], limit=10_000)
        for stream in streams
    ]
    return [event["timestamp"] / 1000 for page in pages for event in page["events"] if event["message"] == "got row"]


def streams(endpoints: PlainEndpoints, record: Record) -> None:
    """Answers of ten parts, one each tenth of a second, to a growing number of clients."""
    name = endpoints.serving(server(PARTS))
    record.begin("streams")
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            response = endpoints.aws.client("sagemaker-runtime").invoke_endpoint_with_response_stream(
                EndpointName=name, Body=b"row"
            )
            for number, _ in enumerate(response["Body"]):
                record.add(0, "further parts" if number else "first parts")

    readers = []
    for number in (1, 4, 8):
        while len(readers) < number:
            readers.append(threading.Thread(target=read, daemon=True))
            readers[-1].start()
        record.event(f"{number} client{'s' if number > 1 else ''}")
        time.sleep(SECONDS)
    stop.set()
    for reader in readers:
        reader.join()


def series(endpoints: PlainEndpoints, record: Record) -> None:
    """A preprocessor before a model; then another model after the same preprocessor."""
    filled = "Handler.predict = lambda self, body: self.answer(200, b'filled, ')"

    def config(version: str) -> str:
        predicted = f"Handler.predict = lambda self, body: self.answer(200, body + b'then {version}:')"
        return endpoints.config(endpoints.variant(pipeline(endpoints, filled, predicted)))

    name = _in_service(endpoints, config("model 1"))
    record.begin("series")
    with Traffic(record, endpoints.aws, name, 8, PAUSE):
        record.event("two containers")
        time.sleep(SECONDS)
        endpoints.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=config("model 2"))
        record.event("the model is updated")
        endpoints.wait(name)
        record.event("InService")
        time.sleep(SECONDS)


def shared(endpoints: PlainEndpoints, record: Record) -> None:
    """Models of one endpoint, each loaded when it is first asked for."""
    models = MultiModel(endpoints, Environment={"MOST": "2"})
    record.begin("shared")
    with Traffic(record, endpoints.aws, models.name, 4, PAUSE, ["first.tar.gz"]) as traffic:
        for name in ("", "second", "third"):
            if name:
                models.add(name)
                traffic.targets = [*traffic.targets[-1:], f"{name}.tar.gz"]
            record.event(f"{name or 'first'} is asked for")
            time.sleep(SECONDS)


def _in_service(endpoints: PlainEndpoints, config: str) -> str:
    name = endpoints.start(config)
    described = endpoints.wait(name)
    if described["EndpointStatus"] != "InService":
        sys.exit(f"the endpoint failed: {described.get('FailureReason')}")
    return name


MODES: dict[str, Callable[[PlainEndpoints, Record], None]] = {
    each.__name__: each for each in (serverless, asynchronous, variants, shadow, streams, series, shared)
}


if __name__ == "__main__":
    main()
