"""Whether the pinned models of the config may be served: approved, passed, readable, and of the pinned bytes."""

from __future__ import annotations

from collections.abc import Iterable

from launchpad.doctor.check import Check, Finding, ok, problem, unknown
from launchpad.doctor.deployment import Deployment
from launchpad.promotions.pin_checks import checked_pins


def checks() -> list[Check]:
    """All checks of this group. `launchpad deploy` asks the same of promoted models, in a separate step."""
    return [Check("promotions", "pinned models", promoted)]


def promoted(deployment: Deployment) -> Iterable[Finding]:
    """Look at each pinned model, with the role that only reads."""
    connection = deployment.connection
    assert connection  # noqa: S101 -- this check asks AWS
    pins = list(checked_pins(connection))
    if not pins:
        yield ok("the config pins none")
    for pin in pins:
        for doubt in pin.doubts:
            yield (problem if doubt.is_certain else unknown)(doubt.text, doubt.remedy, pin.workload)
        if not pin.doubts:
            yield ok(pin.words, pin.workload)
