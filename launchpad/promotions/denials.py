"""Waits until AWS knows the promotion role's new policy, which a deploy uses the moment that it changed.

IAM's changes reach all of AWS's endpoints a little later (IAM User Guide, "Changes that I make are not always
immediately visible"). Until then, AWS answers as if the role could not be assumed or lacked the permission.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from botocore.exceptions import ClientError

from launchpad.messages.errors import LaunchpadError

SECONDS = 60.0
PAUSE = 3.0
_CODES = ("AccessDenied", "AccessDeniedException", "403")
Answer = TypeVar("Answer")


class DeniedError(LaunchpadError):
    """AWS refuses what the role needs, for good or because it doesn't know its policy yet."""


def is_denied(error: ClientError) -> bool:
    """Whether AWS refused the permission, and not the request."""
    return error.response["Error"]["Code"] in _CODES


def once_allowed(attempt: Callable[[], Answer], say: Callable[[str], object]) -> Answer:
    """Try again while AWS denies it, for a minute; reports to `say` that it waits.

    Raises:
        DeniedError: AWS still denies it.
    """
    end = time.monotonic() + SECONDS
    waits = False
    while True:
        try:
            return attempt()
        except DeniedError:
            if time.monotonic() >= end:
                raise
        if not waits:
            say(f"    AWS denies it, maybe until it knows the role's policy: waiting for IAM (up to {SECONDS:.0f} s)")
            waits = True
        time.sleep(PAUSE)
