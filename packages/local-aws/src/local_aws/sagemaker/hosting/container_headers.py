"""Which headers pass between a client and a container."""

from __future__ import annotations

from collections.abc import Mapping

PREFIX = "x-amzn-sagemaker-"
TARGET_VARIANT = "x-amzn-sagemaker-target-variant"
STREAM_ACCEPT = "x-amzn-sagemaker-accept"
"""The header for Accept of the operations whose own Accept is for the event stream, or whose body is not the input."""
PLAIN = ("content-type", "accept")


def passed_on(headers: Mapping[str, str], *, streams: bool = False) -> list[tuple[str, str]]:
    """The headers that the container gets: Content-Type, Accept, and SageMaker's."""
    passed = [(name, headers[name]) for name in PLAIN if headers.get(name)]
    if streams:
        passed = [(name, value) for name, value in passed if name != "accept"]
        passed += [("accept", headers[STREAM_ACCEPT])] if headers.get(STREAM_ACCEPT) else []
    return passed + [
        (name, value)
        for name, value in headers.items()
        if name.startswith(PREFIX) and name != TARGET_VARIANT and not (streams and name == STREAM_ACCEPT)
    ]


def passed_back(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers of the container that the client gets."""
    own = {name: value for name, value in headers.items() if name.startswith(PREFIX)}
    return {"content-type": headers.get("content-type") or "application/octet-stream", **own}
