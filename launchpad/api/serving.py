"""Serving from Python: deploy a job's model, wait until it answers, ask it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from launchpad import paths
from launchpad.api.jobs import Progress
from launchpad.api.rows import predictions, request_body
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client import endpoints, invocations
from launchpad.platform_client.async_invocations import submit, wait_for_answer
from launchpad.platform_client.callers import origin_of
from launchpad.platform_client.candidates import Candidate
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.invocations import Question
from launchpad.platform_client.logs import LogLine
from launchpad.platform_client.platform import Platform, find_platform
from launchpad.platform_client.rollback import choose
from launchpad.platform_client.served_model import served_model
from launchpad.platform_client.serving_keys import Way

if TYPE_CHECKING:
    from collections.abc import Callable

    from launchpad.workload import Workload


def deploy(
    connection: Connection,
    platform: Platform,
    workload: Workload,
    job: str | None,
    way: Way,
    code: Callable[[], Mapping[str, Any]],
    progress: Progress,
) -> Mapping[str, str]:
    """Serve a job's model, by default as `launchpad serve`; return the deploy function's response.

    `code` says which scripts serve it; it is asked only if the model doesn't come with those that it had.

    Raises:
        LaunchpadError: options exclude each other, or the function refused.
    """
    keys = way.keys(workload)
    chosen = Candidate(job or "") if job or way.promote else choose(connection, platform, workload)
    if chosen.record and not way.place and not way.preprocessor_jobs:
        origin = origin_of(connection, paths.WORKLOADS / workload.name)
        return endpoints.restore(connection, platform, workload.name, chosen.record, origin, "serve", progress)
    return endpoints.deploy(connection, platform, workload.name, chosen.job or None, code(), keys, progress)


def settled(connection: Connection, deployment: Mapping[str, str], progress: Progress) -> str:
    """Wait until an endpoint serves what was deployed; return its name.

    Raises:
        LaunchpadError: it serves something else, such as after a rollback; has the reason.
    """

    def show(news: str | LogLine) -> None:
        progress(news.text if isinstance(news, LogLine) else news)

    endpoint = endpoints.follow(connection, deployment["endpoint_name"], show)
    name, config = endpoint["EndpointName"], endpoint["EndpointConfigName"]
    if endpoint["EndpointStatus"] != endpoints.SERVING or config != deployment["endpoint_config_name"]:
        reason = endpoint.get("FailureReason", "no reason given")
        raise LaunchpadError(f"endpoint {name} ({endpoint['EndpointStatus']}) was not updated: {reason}")
    return str(name)


def ask(
    connection: Connection,
    workload: Workload,
    rows: Any,
    progress: Progress,
    *,
    content_type: str | None,
    accept: str,
    variant: str | None,
    inference_id: str | None,
) -> Any:
    """The endpoint's predictions; of an asynchronous one, the answer is waited for.

    Raises:
        LaunchpadError: there is no endpoint, or the model refused the rows.
    """
    served, (body, kind) = served_model(connection, workload), request_body(rows, content_type)
    question = Question(body, kind, accept, variant, inference_id, served.target or None)
    if served.mode != "async":
        answer = invocations.predict(connection, served.endpoint, question)
        return predictions(answer.body, answer.content_type)
    bucket = find_platform(connection).model_bucket
    submitted = submit(connection, served.endpoint, question, bucket, workload.name)
    progress(f"request {submitted.inference_id} is queued; its answer will be {submitted.output}")
    answer = wait_for_answer(connection, served.endpoint, submitted, lambda: None)
    return predictions(answer.body, answer.content_type)


def ask_for_parts(
    connection: Connection, workload: Workload, rows: Any, content_type: str | None, variant: str | None
) -> Iterator[bytes]:
    """The parts of the endpoint's answer as they come.

    Raises:
        LaunchpadError: there is no endpoint, or the model refused the rows.
    """
    served, (body, kind) = served_model(connection, workload), request_body(rows, content_type)
    return invocations.stream(connection, served.endpoint, Question(body, kind, variant=variant))
