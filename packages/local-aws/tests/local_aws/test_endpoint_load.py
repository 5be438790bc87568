"""What one endpoint can't take, no other endpoint notices."""

from __future__ import annotations

import threading
import time

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.local_aws.plain_endpoints import server

MOST = 64
PATIENT = Config(retries={"total_max_attempts": 1}, max_pool_connections=MOST + 2, read_timeout=60)


class Load:
    """Requests that all wait for their model, which answers once `release` is called."""

    def __init__(self, endpoints, name, count, gate):
        self._gate, self.outcomes = gate, []
        self._runtime = endpoints.aws.client("sagemaker-runtime", config=PATIENT)
        self._threads = [threading.Thread(target=self._send, args=(name,)) for _ in range(count)]
        for thread in self._threads:
            thread.start()

    def _send(self, name):
        try:
            self.outcomes.append(self._runtime.invoke_endpoint(EndpointName=name, Body=b"row")["Body"].read())
        except ClientError as error:
            self.outcomes.append(error.response["Error"]["Code"])

    def wait_for(self, count):
        deadline = time.monotonic() + 30
        while len(self.outcomes) < count and time.monotonic() < deadline:
            time.sleep(0.02)
        return list(self.outcomes)

    def release(self):
        self._gate.touch()
        for thread in self._threads:
            thread.join()
        return self.outcomes


@pytest.fixture
def gate(tmp_path):
    return tmp_path / "gate"


def waiting_model(gate):
    return server(f"""
def wait(self, body):
    while not os.path.exists({str(gate)!r}):
        time.sleep(0.05)
    self.answer(200, body)
Handler.predict = wait
""")


def test_a_slow_endpoint_does_not_silence_another(endpoints, gate):
    slow, quick = endpoints.serving(waiting_model(gate)), endpoints.serving()
    load = Load(endpoints, slow, MOST + 2, gate)
    try:
        assert load.wait_for(2) == ["ThrottlingException"] * 2
        assert endpoints.predict(quick) == b"1:row"
    finally:
        outcomes = load.release()
    assert outcomes.count(b"row") == MOST


def test_a_variant_that_is_full_leaves_its_sibling_alone(endpoints, gate):
    full = endpoints.variant(endpoints.model(waiting_model(gate)), "full", InitialVariantWeight=1)
    free = endpoints.variant(endpoints.model(), "free", InitialVariantWeight=0)
    name = endpoints.start(endpoints.config(full, free))
    endpoints.wait(name)
    load = Load(endpoints, name, MOST + 1, gate)
    try:
        assert load.wait_for(1) == ["ThrottlingException"]
        assert endpoints.predict(name, TargetVariant="free") == b"1:row"
    finally:
        load.release()


def test_a_serverless_endpoint_takes_its_max_concurrency(endpoints, gate):
    serverless = {"MemorySizeInMB": 2048, "MaxConcurrency": 3}
    model = endpoints.model(waiting_model(gate))
    variant = {"VariantName": "AllTraffic", "ModelName": model, "ServerlessConfig": serverless}
    name = endpoints.start(endpoints.config(variant))
    endpoints.wait(name)
    load = Load(endpoints, name, 4, gate)
    try:
        assert load.wait_for(1) == ["ThrottlingException"]
    finally:
        outcomes = load.release()
    assert outcomes.count(b"row") == 3
