"""Whether one environment may promote to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from launchpad.messages.errors import LaunchpadError

if TYPE_CHECKING:
    from launchpad.settings import EnvironmentSettings


def check_target(settings: EnvironmentSettings, target: str) -> None:
    """Refuse an environment that does not exist, or that the config of `settings` does not promote to.

    Raises:
        LaunchpadError: what is wrong, and the line to write.
    """
    from launchpad.settings import load_environment
    from launchpad.settings.promotion import neighbours

    load_environment(target, settings.source.parent)
    neighbours(settings)  # what `promotes_to` has wrong
    if target == settings.name or settings.name in load_environment(target, settings.source.parent).promotes_to:
        raise LaunchpadError(
            f"a model doesn't go from {settings.name} to {target!r}; to serve an earlier one there,"
            f" `launchpad rollback WORKLOAD --env {target}`"
        )
    if target not in settings.promotes_to:
        names = ", ".join([*settings.promotes_to, target])
        raise LaunchpadError(
            f"{settings.name} does not promote to {target!r}: write `promotes_to: [{names}]` into"
            f" config/{settings.source.name}, and deploy {settings.name}, which then lets {target} read its models"
        )
