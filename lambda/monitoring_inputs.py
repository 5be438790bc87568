"""What a monitoring job reads: manifests of the requests and answers in its window, and of the labels.

A manifest names objects below a prefix, so that a job gets those of its window and no others. It is named by its
content. Note: where there is a bound on quality, the objects of all its days are named, because labels arrive late.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from monitored_models import ServedModel
from monitoring_windows import Window
from platform_access import ENVIRONMENT, objects, put_once

from launchpad.requests import Definition, RequestError
from launchpad.requests.asynchronous import async_folder
from launchpad.requests.monitoring import monitoring_section

HOUR = timedelta(hours=1)
FOLDER = "%Y/%m/%d/%H"
"""The folder of an hour, of captured requests and of labels."""
LONGEST_WAIT = timedelta(hours=6)
"""How long a request may wait for an asynchronous endpoint (`RequestTTLSeconds` of InvokeEndpointAsync)."""
Inputs = dict[str, str]
"""URIs by the name of the input; empty if there is nothing to look at."""


def endpoint_inputs(definition: Definition, served: ServedModel, window: Window) -> Inputs:
    """Return what an endpoint was asked in a window, and the labels that are known.

    Raises:
        RequestError: the endpoint captures nothing.
    """
    start = _first_moment(definition, served, window)
    if served.source == "async":
        sources = _asynchronous(definition, start, window.end)
    elif served.captured_uri:
        sources = _captured(definition, served, start, window.end)
    else:
        raise RequestError(
            f"{served.endpoint} captures no requests: it was served before the workload had a `monitoring` section,"
            f" or can't; serve it again: launchpad serve {definition['name']} --env {ENVIRONMENT.name}"
        )
    return {**sources, **_labels(definition, start)} if sources else {}


def transform_inputs(definition: Definition, job: Mapping[str, Any], window: Window) -> Inputs:
    """Return the inputs and outputs of a transform job (DescribeTransformJob's response), and the labels since.

    An output is named after its input, whose name begins behind the last slash of the job's `S3Uri`.
    """
    source = job["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"]
    folders = {
        "requests": (source, source.rpartition("/")[0] + "/"),
        "answers": (f"{job['TransformOutput']['S3OutputPath'].rstrip('/')}/", ""),
    }
    names = {
        name: [uri.removeprefix(root or below) for uri, _ in _objects(below)] for name, (below, root) in folders.items()
    }
    if not names["answers"]:
        return {}
    files = {name: _manifest(definition, root or below, names[name]) for name, (below, root) in folders.items()}
    return {**files, **_labels(definition, window.start)}


def _first_moment(definition: Definition, served: ServedModel, window: Window) -> datetime:
    """The start of the window, or that of the days whose labelled requests count; never before the model answered."""
    quality = monitoring_section(definition)["quality"]
    if not quality:
        return window.start
    return max(min(window.start, window.end - timedelta(days=quality["days"])), served.since)


def _captured(definition: Definition, served: ServedModel, start: datetime, end: datetime) -> Inputs:
    """The folder of an object is the hour of its first record, so the hour before belongs to it."""
    root = served.captured_uri.rstrip("/") + "/"
    names = [
        f"{served.endpoint}/{variant}/{name}"
        for variant in served.variants
        for name in _hours(f"{root}{served.endpoint}/{variant}/", start - HOUR, end)
    ]
    return {"captured": _manifest(definition, root, names)} if names else {}


def _asynchronous(definition: Definition, start: datetime, end: datetime) -> Inputs:
    folder = async_folder(definition, ENVIRONMENT)
    earliest = {"requests": ("input/", start - LONGEST_WAIT), "answers": ("output/", start)}
    names = {
        name: {uri.removeprefix(folder + below): time for uri, time in _objects(folder + below) if first <= time < end}
        for name, (below, first) in earliest.items()
    }
    if not names["answers"]:
        return {}
    manifests = {
        name: _manifest(definition, folder + earliest[name][0], list(each)) for name, each in names.items() if each
    }
    return {**manifests, "times": _times(definition, names)}


def _labels(definition: Definition, start: datetime) -> Inputs:
    if not monitoring_section(definition)["quality"]:
        return {}
    root = f"s3://{ENVIRONMENT.model_bucket}/{definition['name']}/labels/"
    names = list(_hours(root, start - HOUR, datetime.max.replace(tzinfo=start.tzinfo)))
    return {"labels": _manifest(definition, root, names)} if names else {}


def _hours(root: str, start: datetime, end: datetime) -> Iterator[str]:
    """The names below `root` of the objects in the folders of these hours; S3 lists them in order of time."""
    after, last = f"{start:{FOLDER}}", f"{end:{FOLDER}}"
    for uri, _ in _objects(root, after):
        name = uri.removeprefix(root)
        if name[: len(last)] > last:
            return
        yield name


def _objects(uri: str, after: str = "") -> Iterator[tuple[str, datetime]]:
    """The URIs of the objects that begin with `uri`, with when they were written."""
    address = urlsplit(uri)
    bucket, prefix = address.netloc, address.path.lstrip("/")
    start = {"StartAfter": prefix + after} if after else {}
    for item in objects(bucket, Prefix=prefix, **start):
        yield f"s3://{bucket}/{item['Key']}", item["LastModified"]


def _times(definition: Definition, written: Mapping[str, Mapping[str, datetime]]) -> str:
    """Write when each file was written, and return the URI of the folder of `times.json`: files have no time within."""
    times = {name: {path: time.isoformat() for path, time in each.items()} for name, each in written.items()}
    body = json.dumps(times).encode()
    return _put(definition, body, "/times.json").removesuffix("times.json")


def _manifest(definition: Definition, prefix: str, names: list[str]) -> str:
    """Write a manifest of objects below a prefix, and return its URI (`S3DataType`: ManifestFile)."""
    body = json.dumps([{"prefix": prefix}, *names]).encode()
    return _put(definition, body, ".json")


def _put(definition: Definition, body: bytes, ending: str) -> str:
    """Write an object that is named by its content, and return its URI."""
    key = f"{definition['name']}/monitoring/manifests/{hashlib.sha256(body).hexdigest()}{ending}"
    put_once(ENVIRONMENT.model_bucket, key, body)
    return f"s3://{ENVIRONMENT.model_bucket}/{key}"
