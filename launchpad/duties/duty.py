"""The duties that people have in an environment."""

from __future__ import annotations

from enum import StrEnum


class Duty(StrEnum):
    """A duty, as it is in the name of its role."""

    DATA_SCIENTIST = "data-scientist"
    APPROVER = "approver"
    ON_CALL = "on-call"
    AUDITOR = "auditor"

    @property
    def key(self) -> str:
        """The duty as a key of a config."""
        return self.value.replace("-", "_")


def role_name(environment: str, duty: Duty) -> str:
    """The role of a duty. The name is fixed, because an identity provider and people's profiles have it."""
    return f"launchpad-{environment}-{duty.value}"
