"""The request context that AWS's inference toolkit, and handlers with a context, expect from their model server."""

from __future__ import annotations

from typing import Any


class Context:
    """Multi Model Server's context, as far as the toolkit and handlers use it. One serves all requests of a process."""

    def __init__(self, model_dir: str) -> None:
        self.system_properties: dict[str, Any] = {"model_dir": model_dir, "gpu_id": None}
        self.request_processor = [self]
        self.request_ids = {0: "0"}
        """One request at a time; TorchServe's handlers pass these on."""
        self.begin({})

    def begin(self, headers: dict[str, str]) -> None:
        """Reset it for a request with these headers; a request without a content type counts as JSON."""
        self._headers = {"Content-Type": "application/json", **headers}
        self.status = 200
        self.response_content_type = "application/json"
        self.response_headers: dict[str, str] = {}

    @property
    def content_type(self) -> str:
        """The request's content type."""
        return self._headers["Content-Type"]

    def get_request_properties(self) -> dict[str, str]:
        """All request headers."""
        return self._headers

    def get_all_request_header(self, index: int) -> dict[str, str]:  # noqa: ARG002
        """All request headers."""
        return self._headers

    def get_request_header(self, index: int, key: str) -> str | None:  # noqa: ARG002
        """One request header, whatever its case."""
        return {name.lower(): value for name, value in self._headers.items()}.get(key.lower())

    def set_response_status(self, code: int = 200, phrase: str = "", index: int = 0) -> None:  # noqa: ARG002
        """Set the HTTP status of the response."""
        self.status = code
        if code >= 400:
            self.response_content_type = "text/plain"

    def set_response_header(self, index: int, key: str, value: str) -> None:  # noqa: ARG002
        """Add a header to the response, such as X-Amzn-SageMaker-Custom-Attributes."""
        self.response_headers[key] = value

    def set_response_content_type(self, index: int, value: str) -> None:  # noqa: ARG002
        """Set the content type of the response."""
        self.response_content_type = value
