"""A container that ends or hangs is replaced, while the endpoint stays in service and the others serve."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.plain_endpoints import PlainEndpoints, server

OWN_PID = "Handler.predict = lambda self, body: self.answer(200, str(os.getpid()).encode())"


def serving(updates: PlainEndpoints, program: str, instances: int) -> str:
    name = updates.start(updates.config(updates.variant(updates.model(program), InitialInstanceCount=instances)))
    assert updates.wait(name)["EndpointStatus"] == "InService"
    return name


def processes(updates: PlainEndpoints, name: str) -> set[int]:
    """The containers that respond."""
    return {int(updates.predict(name)) for _ in range(12)}


def until_replaced(updates: PlainEndpoints, name: str, lost: int, instances: int, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while lost in (serve := processes(updates, name)) or len(serve) < instances:
        assert time.monotonic() < deadline, f"{serve} still serve"
        assert updates.describe(name)["EndpointStatus"] == "InService"


def test_a_killed_container_is_replaced_and_nothing_else_fails(updates):
    name, clients = serving(updates, server(OWN_PID), 2), 4
    lost = processes(updates, name).pop()
    with updates.load(name, clients) as (responses, failures):
        while not responses:
            time.sleep(0.05)
        os.kill(lost, signal.SIGKILL)
        deadline = time.monotonic() + 60
        while len({*responses[-50:], str(lost).encode()}) < 3:  # both the other one and the replacement serve
            assert time.monotonic() < deadline
            time.sleep(0.05)
    assert len(failures) <= clients
    assert all("ModelError" in failure for failure in failures)
    assert lost not in processes(updates, name)
    assert updates.describe(name)["EndpointStatus"] == "InService"


def test_a_container_that_answers_no_pings_is_replaced(updates):
    hanging = server(
        f"""
        {OWN_PID}
        def ping(self):
            time.sleep(30 if os.path.exists("hang") else 0)
            self.answer(200)
        Handler.do_GET = ping
        """
    )
    name = serving(updates, hanging, 2)
    lost = processes(updates, name).pop()
    Path(f"/proc/{lost}/cwd/hang").touch()
    until_replaced(updates, name, lost, 2)
    with pytest.raises(ProcessLookupError):
        os.kill(lost, 0)


def test_the_only_container_comes_back_after_each_end(updates):
    fragile = server(
        "Handler.predict = lambda self, body: os._exit(9) if body == b'die' else self.answer(200, b'alive')"
    )
    name = serving(updates, fragile, 1)
    for _ in range(2):
        with pytest.raises(ClientError, match="ModelError"):
            updates.predict(name, b"die")
        deadline = time.monotonic() + 30
        while True:
            try:
                assert updates.predict(name) == b"alive"
                break
            except ClientError as error:
                assert error.response["Error"]["Code"] in ("ServiceUnavailable", "ModelError")
                assert time.monotonic() < deadline
    assert updates.describe(name)["EndpointStatus"] == "InService"


def test_an_endpoint_is_deleted_while_its_container_ends_again_and_again(updates, tmp_path):
    mark = tmp_path / "broken"
    fragile = f"os.path.exists({str(mark)!r}) and os._exit(9)\nHandler.predict = lambda self, body: os._exit(9)"
    name = serving(updates, server(fragile), 1)
    mark.touch()  # from now on each replacement ends before it answers a ping
    with pytest.raises(ClientError, match="ModelError"):
        updates.predict(name)
    time.sleep(2)
    with pytest.raises(ClientError) as caught:
        updates.predict(name)
    assert caught.value.response["Error"]["Code"] == "ServiceUnavailable"
    updates.sagemaker.delete_endpoint(EndpointName=name)
    updates.sagemaker.get_waiter("endpoint_deleted").wait(EndpointName=name, WaiterConfig={"Delay": 1})
