"""Stateful sessions: the requests of one reach the instance on which it began.

Source: "Stateful sessions with Amazon SageMaker AI models" (developer guide). The container chooses the ID and when it
expires, and says when the session is closed; SageMaker only remembers where it began. Note: AWS documents neither what
becomes of a request whose session is unknown, expired or lost with its instance, nor sessions of serverless endpoints.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from local_aws.api.errors import AwsError

if TYPE_CHECKING:
    from local_aws.api.store import Record
    from local_aws.sagemaker.hosting.invocation_modes import Answer, Call
    from local_aws.sagemaker.hosting.model_instance import ModelInstance
    from local_aws.sagemaker.hosting.routing import Route

log = logging.getLogger("local_aws.hosting")

SESSION = "x-amzn-sagemaker-session-id"
"""A request's header. A container's answer has the new ID in it; newer images of AWS write `NEW` themselves."""
NEW, CLOSED = "x-amzn-sagemaker-new-session-id", "x-amzn-sagemaker-closed-session-id"
NEW_SESSION = "NEW_SESSION"
FORM = re.compile(r"([a-zA-Z0-9](?:-*[a-zA-Z0-9])*);\s?Expires=(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)")


@dataclass(frozen=True)
class _Session:
    instance: ModelInstance
    expires: float


class Sessions:
    """The sessions of all endpoints. Use it on the server's event loop only."""

    def __init__(self) -> None:
        self._sessions: dict[tuple[str, str], _Session] = {}
        """The sessions by the endpoint's ARN and the session's ID."""

    def instance_of(self, endpoint: Record, headers: Mapping[str, str]) -> ModelInstance | None:
        """The instance of the request's session; None for one without a session. Raises ValidationError."""
        name = headers.get(SESSION)
        if name is None or name == NEW_SESSION:
            return None
        session = self._sessions.get((endpoint.arn, name))
        if session is None or session.expires <= time.time():
            raise lost(endpoint, headers)
        return session.instance

    def noted(self, route: Route, call: Call, response: Answer) -> Answer:
        """Remember the session that a response begins, forget the one that it closes; the response for the client."""
        name = call.headers.get(SESSION)
        if name is None:
            return response
        headers = dict(response.headers)
        session = headers.pop(SESSION, "")
        if name == NEW_SESSION:
            session = headers.pop(NEW, session)
            if self._begin(route, session):
                headers[NEW] = session
        elif headers.get(CLOSED) == name:
            self._sessions.pop((route.endpoint.arn, name), None)
        return replace(response, headers=headers)

    def _begin(self, route: Route, text: str) -> bool:
        form = FORM.fullmatch(text)
        try:
            expires = datetime.strptime(form[2], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp() if form else None
        except ValueError:
            expires = None
        if form is None or expires is None:
            problem = "began no session: it must answer NEW_SESSION with the header X-Amzn-SageMaker-Session-Id:"
            log.warning("endpoint %s %s 'ID; Expires=yyyy-mm-ddThh:mm:ssZ', not %r", route.endpoint.name, problem, text)
            return False
        now = time.time()
        self._sessions = {key: session for key, session in self._sessions.items() if session.expires > now}
        self._sessions[route.endpoint.arn, form[1]] = _Session(route.instance, expires)
        return True


def lost(endpoint: Record, headers: Mapping[str, str]) -> AwsError:
    """The error for a session that is unknown, expired, or lost with its instance; the words are ours."""
    name = headers.get(SESSION)
    return AwsError("ValidationError", f"Session {name} of endpoint {endpoint.name} does not exist or has expired.")
