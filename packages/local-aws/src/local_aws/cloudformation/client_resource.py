"""A resource type based on a boto3 client's calls to this server, so that every client sees the same resource.

It runs in threads, so it may call the server that waits for it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from botocore.exceptions import ClientError, ParamValidationError
from botocore.model import StructureShape

from local_aws.api.service import Scope
from local_aws.cloudformation.properties import request_members
from local_aws.cloudformation.resource_type import Created, Properties, ResourceType
from local_aws.cloudformation.schema import create_only

POLL_SECONDS = 0.05
stopping = threading.Event()
"""Set when the server stops: no resource is waited for any longer, whatever its patience."""
ClientOf = Callable[[str, Scope, None], Any]
"""Returns a boto3 client of a service that acts as the account itself (`Context.client`)."""


class ClientResource:
    """One type: subclasses create, update and delete it. `missing`: the error codes of a resource that is gone."""

    type_name: ClassVar[str]
    service: ClassVar[str]
    missing: ClassVar[tuple[str, ...]] = ()
    name_property: ClassVar[str] = ""
    tags: ClassVar[tuple[str, str] | None] = ("Tags", "list")
    shows_code: ClassVar[bool] = True
    """Whether a stack's events show the status and the code of a service's error, in addition to its message."""

    def _create(self, client: Any, name: str, properties: Properties) -> Created:
        """Create the resource, and wait until it exists."""
        raise NotImplementedError

    def _update(self, client: Any, physical_id: str, old: Properties, new: Properties) -> Created:
        """Update what can change in place."""
        raise NotImplementedError

    def _delete(self, client: Any, physical_id: str, properties: Properties) -> None:
        """Delete the resource, and wait until it is gone."""
        raise NotImplementedError

    def resource_type(self, client: ClientOf) -> ResourceType:
        """The type, for the stack engine."""
        return ResourceType(
            name=self.type_name,
            create=partial(self._run, client, self._create),
            update=partial(self._run, client, self._update),
            delete=partial(self._gone, client),
            create_only=tuple(path for path in create_only(self.type_name) if "/" not in path),
            name_property=self.name_property,
            tags=self.tags,
        )

    def _run(self, client: ClientOf, step: Callable[..., Created], scope: Scope, *arguments: Any) -> Created:
        with ReportedErrors(code=self.shows_code):
            return step(client(self.service, scope, None), *arguments)

    def _gone(self, client: ClientOf, scope: Scope, physical_id: str, properties: Properties) -> None:
        try:
            with ReportedErrors(code=self.shows_code):
                self._delete(client(self.service, scope, None), physical_id, properties)
        except RuntimeError as error:
            if code_of(error.__cause__) not in self.missing:
                raise


class ReportedErrors:
    """Turns a service's error into the message that CloudFormation's events show."""

    def __init__(self, *, code: bool = True) -> None:
        self._code = code

    def __enter__(self) -> None:
        """Nothing to set up."""

    def __exit__(self, _type: Any, error: BaseException | None, _trace: Any) -> None:
        if isinstance(error, ClientError):
            message, suffix = error.response["Error"].get("Message", ""), ""
            if self._code:
                message += f" (Status Code: {error.response.get('ResponseMetadata', {}).get('HTTPStatusCode', 400)})"
                suffix = f" (HandlerErrorCode: {code_of(error)})"
            raise RuntimeError(f'Resource handler returned message: "{message}"{suffix}') from error
        if isinstance(error, ParamValidationError):
            raise RuntimeError(f'Resource handler returned message: "{error}"') from error


def code_of(error: BaseException | None) -> str:
    """The AWS error code of an exception; empty if it has none."""
    return str(error.response["Error"]["Code"]) if isinstance(error, ClientError) else ""


def members(client: Any, operation: str, properties: Properties) -> dict[str, Any]:
    """The properties that an operation accepts under the same name, converted to its types."""
    shape = client.meta.service_model.operation_model(operation).input_shape
    assert isinstance(shape, StructureShape)  # noqa: S101 (operations take structures)
    return request_members(shape, properties)


def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait until ``condition`` returns True; raises `TimeoutError` if it does not in time, or the server stops."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not stabilized after {seconds:.0f} seconds")
        if stopping.wait(POLL_SECONDS):
            raise TimeoutError("not stabilized: the server stops")


def tag_map(properties: Properties, member: str = "Tags") -> dict[str, str]:
    """A Tags property of either shape, as a map."""
    tags = properties.get(member) or {}
    if isinstance(tags, dict):
        return {key: str(value) for key, value in tags.items()}
    return {tag["Key"]: str(tag.get("Value", "")) for tag in tags}


def tag_list(tags: dict[str, str]) -> list[dict[str, str]]:
    """The tags as the list that most APIs accept."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]
