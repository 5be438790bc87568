"""Records each change of an endpoint as `<workload>/history/<UTC time>-<configuration>.json` in the model bucket.

A record is written before the change is asked for, and once more if SageMaker refuses it. It has what the endpoint
served until then, so whether an earlier change succeeded is known from the next record, or from the endpoint itself:
an update that fails does so minutes after this function has ended. `launchpad history` puts them together.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError
from platform_access import ENVIRONMENT, s3

from launchpad.requests import Definition, RequestError
from launchpad.requests.context import image_uri
from launchpad.requests.origin import origin_of

COMMANDS = ("serve", "pipeline", "rollback", "idle")
"""What may ask for a change."""


@dataclass(frozen=True)
class Serving:
    """What an endpoint is to serve, and all that is needed to serve it once more."""

    job: str
    model: str
    endpoint_config: str
    model_data: str
    metrics: Mapping[str, float]
    serving: Mapping[str, Any]
    """The section of `workload.yaml`, with the URI of its image."""
    restores: str = ""
    """The name of the record that a rollback goes back to."""
    preprocessors: Mapping[str, str] = field(default_factory=dict)
    """The job of each workload whose model works on a request before, in their order."""
    variants: Sequence[Mapping[str, Any]] = ()
    """All variants, where there are several or a shadow: name, job, model, weight, shadow."""
    target_model: str = ""
    """`TargetModel` of requests, where the endpoint is shared."""


def serving_of(definition: Definition) -> dict[str, Any]:
    """Return the `serving` section with its image's URI: a container of this repository has another one tomorrow."""
    return {**definition["serving"], "image": image_uri(definition["serving"], ENVIRONMENT)}


@contextmanager
def recorded(
    workload: str, endpoint: str, serving: Serving, current: Mapping[str, Any] | None, event: Mapping[str, Any]
) -> Iterator[None]:
    """Record the change that the block asks for; `current` is DescribeEndpoint's response, None without an endpoint.

    Raises:
        RequestError: `by` of the event is no command, or its `origin` is wrong.
    """
    now, command = datetime.now(UTC), event.get("by", "serve")
    if command not in COMMANDS:
        raise RequestError(f"by: no command {command!r}; known: {', '.join(COMMANDS)}")
    record = {
        **asdict(serving),
        "endpoint": endpoint,
        "time": now.isoformat(),
        "by": command,
        "run": event.get("run", ""),
        "origin": origin_of(event),
        "before": _served(current),
        "outcome": "asked",
    }
    key = f"{_folder(workload)}{now:%Y%m%dT%H%M%S%fZ}-{serving.endpoint_config}.json"
    _write(key, record)
    try:
        yield
    except (ClientError, RequestError) as error:
        _write(key, {**record, "outcome": "refused", "reason": str(error)})
        raise


def write_record(
    workload: str, record: Mapping[str, Any], current: Mapping[str, Any] | None, name: str = ""
) -> tuple[str, dict[str, Any]]:
    """Write a record that follows an earlier one, such as a removal; return its name and content.

    `name` is that of a record to write once more, with its outcome.
    """
    now = datetime.now(UTC)
    own = {"time": now.isoformat(), "before": _served(current), "outcome": "asked"}
    content = dict(record) if name else {**record, **own}
    name = name or f"{now:%Y%m%dT%H%M%S%fZ}-{record['endpoint_config']}.json"
    _write(_folder(workload) + name, content)
    return name, content


def earlier(workload: str, name: Any) -> dict[str, Any]:
    """Return a record of a workload by its name, the last part of its key.

    Raises:
        RequestError: it doesn't exist.
    """
    if not isinstance(name, str) or "/" in name + workload:
        raise RequestError(f"record: {name!r} is not the name of a record")
    try:
        body = s3().get_object(Bucket=ENVIRONMENT.model_bucket, Key=_folder(workload) + name)["Body"]
    except s3().exceptions.NoSuchKey:
        raise RequestError(f"record: workload {workload!r} has no record {name!r}") from None
    record: dict[str, Any] = json.loads(body.read())
    return record


def _served(endpoint: Mapping[str, Any] | None) -> dict[str, str] | None:
    if endpoint is None:
        return None
    return {
        "endpoint_config": endpoint["EndpointConfigName"],
        "status": endpoint["EndpointStatus"],
        "reason": endpoint.get("FailureReason", ""),
    }


def _folder(workload: str) -> str:
    return f"{workload}/history/"


def _write(key: str, record: Mapping[str, Any]) -> None:
    body = json.dumps(record, indent=1, sort_keys=True).encode()
    s3().put_object(Bucket=ENVIRONMENT.model_bucket, Key=key, Body=body, ContentType="application/json")
