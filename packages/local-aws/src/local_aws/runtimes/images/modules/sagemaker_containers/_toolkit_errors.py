"""The three kinds of failures of an algorithm, under the names that two of AWS's images import them by."""

from __future__ import annotations


class BaseToolkitError(Exception):
    """A failure that ends the algorithm; `caused_by` is the error behind it."""

    def __init__(self, message: str | None = None, caused_by: BaseException | None = None) -> None:
        self.message = message or (str(caused_by) if caused_by else "unknown error occurred")
        if caused_by:
            self.message += f" (caused by {type(caused_by).__name__})"
        self.caused_by = caused_by
        super().__init__(self.message)


class AlgorithmError(BaseToolkitError):
    """A failure of the algorithm itself."""


class UserError(BaseToolkitError):
    """A mistake in the request or the data."""


class PlatformError(BaseToolkitError):
    """A failure of the surroundings."""
