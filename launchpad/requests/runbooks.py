"""The runbook that each alarm names at the end of its description: a section of `docs/runbooks.md`."""

from __future__ import annotations

PAGE = "docs/runbooks.md"
"""The page in the repository, used where the config has no address of it."""


def with_runbook(description: str, page: str, section: str) -> str:
    """An alarm's description, which ends with the address of its runbook; `section` is a heading's anchor."""
    return f"{description} Runbook: {page or PAGE}#{section}"
