"""What `serve` promises."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

from tests.containers import docker_images, processes
from tests.containers.case import GRACE_SECONDS, READY_SECONDS, Case
from tests.containers.client import Answer, at_once, in_background
from tests.containers.contract import Request, Serving, clause

STARTING_GRACE_SECONDS = 12.0
BIG_BODY = 6 * 1024 * 1024
"""Bytes: the most that InvokeEndpoint took for years, and what batch transform sends by default."""
BROKEN_BYTES = b"\xff\xfe\x00{"
DEEP_LISTS = b"[" * 10_000 + b"]" * 10_000
REFUSED_SECONDS = 20.0
"""How long a model that can't be loaded is watched."""
REQUESTS, CONNECTIONS = 1000, 16
WARM_UP, MANY = 2000, 10_000
GROWTH_LIMIT = 16 * 1024 * 1024
"""Bytes: 2 KB for each request would be found."""


def _serving(case: Case) -> Serving:
    assert case.contract.serve
    return case.contract.serve


def _ask(case: Case, request: Request) -> Answer:
    return case.server().client.invoke(request.body, request.content_type, request.accept)


def _many_rows(serving: Serving, size: int) -> tuple[str, int]:
    """A body of CSV of so many bytes, and how many rows that are."""
    rows = size // (len(serving.row) + 1)
    header = f"{serving.header}\n" if serving.header else ""
    return header + f"{serving.row}\n" * rows, rows


def _check(request: Request, response: Answer) -> None:
    question = f"{request.content_type} {request.body[:80]!r}"
    assert response.status == 200, f"{question} was answered with {response}"
    numbers = response.numbers()
    right = len(numbers) == len(request.answer) and all(
        abs(number - expected) <= request.within for number, expected in zip(numbers, request.answer, strict=True)
    )
    assert right, f"{question} was answered with {numbers}; {request.answer} would be right"
    assert response.has_length, f"{question} was answered without Content-Length, which asynchronous endpoints need"


@clause("serve")
def ping_is_good_only_when_a_prediction_works(case: Case) -> None:
    """The first 200 comes in time, and a prediction that is asked for at once works."""
    served = case.ready_server()
    case.facts["ready_seconds"] = round(served.ready_seconds, 2)
    request = _serving(case).requests[0]
    response = served.client.invoke(request.body, request.content_type, request.accept)
    served.program.terminate(0)
    _check(request, response)


@clause("serve")
def no_prediction_is_wrong_while_the_model_is_being_loaded(case: Case) -> None:
    """Until its answers are right, /invocations refuses the connection or answers 503."""
    for response in case.server().early:
        if response.status != 503:
            _check(_serving(case).requests[0], response)


@clause("serve")
def ping_is_never_good_for_a_model_that_can_not_be_loaded(case: Case) -> None:
    """And a server that gives up says so by its exit code."""
    broken = case.folder / "broken-model"
    for path in [path for path in sorted(case.trained().rglob("*")) if path.is_file()]:
        copy = broken / path.relative_to(case.trained())
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(b"This is no model.\n")
    served = case.serve(broken)
    deadline = time.monotonic() + REFUSED_SECONDS
    while time.monotonic() < deadline and not served.ended():
        assert not served.program.ready(), f"/ping was answered with 200; its log:\n{served.log()}"
        time.sleep(0.05)
    code = served.program.terminate(0) if not served.ended() else served.wait()
    assert code != 0, f"it ended with 0; its log:\n{served.log()}"


@clause("serve")
def predictions_are_right(case: Case) -> None:
    """The answer to every request of the contract, in each format."""
    for request in _serving(case).requests:
        _check(request, _ask(case, request))


@clause("serve")
def another_content_type_is_refused_with_415(case: Case) -> None:
    """The status says that it is the client's mistake, and which."""
    response = case.server().client.invoke(_serving(case).row, "application/x-unknown")
    assert response.status == 415, f"application/x-unknown was answered with {response}"


@clause("serve")
def malformed_and_empty_bodies_are_refused_with_400(case: Case) -> None:
    """And the server answers the next request as if nothing had been."""
    for body in ["", "\n", *_serving(case).malformed]:
        response = case.server().client.invoke(body)
        assert response.status == 400, f"text/csv {body!r} was answered with {response}"
    for body in [BROKEN_BYTES, *([DEEP_LISTS] if _serving(case).refuses_deep_json else [])]:
        response = case.server().client.invoke(body, "application/json")
        assert response.status == 400, f"application/json {body[:10]!r}... was answered with {response}"
    _check(_serving(case).requests[0], _ask(case, _serving(case).requests[0]))


@clause("serve")
def a_body_of_6_mb_is_answered(case: Case) -> None:
    """An answer has as many predictions as there are rows."""
    body, rows = _many_rows(_serving(case), BIG_BODY)
    response = case.server().client.invoke(body)
    assert response.status == 200, f"{rows} rows were answered with {response}"
    count = len(response.numbers())
    assert count == rows, f"{rows} rows were answered with {count} predictions"


@clause("serve")
def requests_at_once_get_their_own_answers(case: Case) -> None:
    """1,000 requests at 16 connections."""
    client, requests = case.server().client, _serving(case).requests

    def ask(number: int) -> None:
        request = requests[number % len(requests)]
        _check(request, client.invoke(request.body, request.content_type, request.accept))

    start = time.monotonic()
    at_once(CONNECTIONS, ask, range(REQUESTS))
    case.facts["requests_per_second"] = round(REQUESTS / (time.monotonic() - start))


@clause("serve", drivers=("docker",))
def memory_does_not_grow_with_requests(case: Case) -> None:
    """10,000 of them, after 2,000 to warm up."""
    served, request = case.server(), _serving(case).requests[0]
    client = served.client

    def burst(count: int) -> int:
        at_once(CONNECTIONS, lambda _: client.invoke(request.body, request.content_type, request.accept), range(count))
        return processes.resident_bytes(served.program.process_id)

    before = burst(WARM_UP)
    after = burst(MANY)
    case.facts["serving_megabytes"] = round(after / 1e6)
    assert before > 0, "no memory of its processes can be seen on this machine"
    growth = after - before
    assert growth < GROWTH_LIMIT, f"{MANY} requests took {growth / 1e6:.1f} MB more"


@clause("serve")
def sigterm_lets_requests_be_answered(case: Case) -> None:
    """What had arrived gets its whole answer, and the server ends by itself."""
    served = case.ready_server()
    body, rows = _many_rows(_serving(case), BIG_BODY // 4)
    client = served.client
    with in_background(lambda: at_once(4, lambda _: client.invoke(body), range(4))) as answers:
        time.sleep(0.3)
        code = served.program.terminate(GRACE_SECONDS)
        responses = answers()
    for response in responses:
        assert response.status == 200 and len(response.numbers()) == rows, f"a request was answered with {response}"
    assert code in (0, 143, -15), f"it ended with {code}; its log:\n{served.log()}"


@clause("serve")
def sigterm_ends_a_server_that_is_not_ready(case: Case) -> None:
    """One that still loads its model ends by itself too."""
    served = case.serve(case.trained())
    served.wait_until(lambda: bool(served.lines) or served.program.ready(), "it showed a sign of life")
    time.sleep(0.1)
    code = served.program.terminate(STARTING_GRACE_SECONDS)
    assert code != -signal.SIGKILL, f"it still ran after {STARTING_GRACE_SECONDS:.0f} s; its log:\n{served.log()}"


@clause("serve", drivers=("docker",))
def serve_runs_as_the_user_it_says(case: Case) -> None:
    """An endpoint needs no permissions of root."""
    expected = docker_images.user_number(case.uri, case.contract.user["serve"])
    assert expected != 0, "the contract says that it serves as root; write another user"
    others = {
        name: user for name, user in processes.users(case.server().program.process_id).items() if user != expected
    }
    assert not others, f"the contract says {case.contract.user['serve']!r} (user {expected}), but there run {others}"


@clause("serve", drivers=("docker",))
def serve_listens_on_8080_unless_it_is_told_another_port(case: Case) -> None:
    """SageMaker sets SAGEMAKER_BIND_TO_PORT only where several containers share a network."""
    probe = "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /ping HTTP/1.0\\r\\n\\r\\n' >&3 && head -n 1 <&3"
    with docker_images.running(case.uri, "serve", model=Path(case.trained())) as container:
        deadline = time.monotonic() + READY_SECONDS
        status_line = trouble = ""
        while " 200" not in status_line and "is not running" not in trouble and time.monotonic() < deadline:
            time.sleep(0.2)
            result = subprocess.run(["docker", "exec", container, "bash", "-c", probe], capture_output=True, text=True)
            status_line, trouble = result.stdout, result.stderr
        assert " 200" in status_line, f"/ping on port 8080 was answered with {status_line or trouble!r}"
