"""Response streams: each part that a container sends becomes an event as soon as it arrives."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager

from local_aws.sagemaker.hosting import event_stream
from local_aws.sagemaker.hosting.container_client import StreamedResponse
from local_aws.sagemaker.hosting.container_connection import ContainerError, TimedOutError
from local_aws.sagemaker.hosting.container_headers import passed_back
from local_aws.sagemaker.hosting.invocation_modes import MAX_STREAM_SECONDS, Answer

CONTENT_TYPE = "X-Amzn-SageMaker-Content-Type"
VARIANT = "x-Amzn-Invoked-Production-Variant"
MAX_PART = 64 * 1024
"""Bytes of one event. AWS documents no number; clients must not rely on how a response is divided."""


def streamed(response: StreamedResponse, variant: str, ended: Callable[[int], None]) -> Answer:
    """The answer to InvokeEndpointWithResponseStream; ``ended`` is called with 200, or 500 if the stream broke."""
    headers = passed_back(response.headers)
    content_type = headers.pop("content-type")
    return Answer(
        200,
        {"content-type": event_stream.CONTENT_TYPE, CONTENT_TYPE: content_type, **headers, VARIANT: variant},
        _events(response, ended),
    )


async def _events(response: StreamedResponse, ended: Callable[[int], None]) -> AsyncIterator[bytes]:
    status = 500
    try:
        async for content in response.parts(MAX_STREAM_SECONDS):
            for part in _pieces(content):
                yield event_stream.payload_part(part)
        status = 200
    except TimedOutError:
        yield _failure("ModelInvocationTimeExceeded", "The model did not complete its response in time.")
    except ContainerError as error:
        yield _failure("StreamBroken", f"The model's response stream broke off: {error}")
    finally:
        response.close()
        ended(status)


def _pieces(content: bytes) -> Iterator[bytes]:
    if len(content) <= MAX_PART:
        yield content
        return
    for start in range(0, len(content), MAX_PART):
        yield content[start : start + MAX_PART]


def _failure(code: str, message: str) -> bytes:
    return event_stream.exception("ModelStreamError", {"Message": message, "ErrorCode": code})


class Guarded:
    """The parts of a stream; ``release`` is called once, after the last part or when the reader gives up.

    A generator that was never started runs no ``finally``, so this is a class.
    """

    def __init__(self, parts: AsyncIterator[bytes], release: Callable[[], None]) -> None:
        self._parts, self._release, self._ended = parts, release, False

    def __aiter__(self) -> Guarded:
        """The iterator itself."""
        return self

    async def __anext__(self) -> bytes:
        """The next part."""
        with self._ending():
            return await anext(self._parts)

    def close(self) -> None:
        """End it early."""
        if not self._ended:
            self._ended = True
            self._release()

    @contextmanager
    def _ending(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.close()
            raise
