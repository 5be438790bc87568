"""The messages about work that has failed: what failed, why, its last lines, and the command that shows its log."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable

from launchpad.cli.log_folding import Folding
from launchpad.platform_client.connection import LOCAL

LAST_LINES = 12
"""How many log lines the message of a failure repeats."""
_REPORT = re.compile(r"sagemaker-training-toolkit ERROR +Reporting training FAILURE")
_MESSAGE = re.compile(
    r'\s*ExitCode \d+\s*ErrorMessage "(?P<message>.*?)"\s*(?:Command ".*")?(?=, exit code|\s*$)', re.DOTALL
)
_LOG = re.compile(r" \(log: [^()]*\)$")


class Tail:
    """The last lines that the user's program printed.

    Leaves out what the training toolkit prints before the program, and its report about a failure after it, which
    repeats the reason.
    """

    def __init__(self) -> None:
        self._folding = Folding()
        self._lines: deque[str] = deque(maxlen=LAST_LINES)
        self._reported = False

    def add(self, text: str) -> bool:
        """Take the next line; return whether it is the program's."""
        self._reported = self._reported or bool(_REPORT.search(text))
        if self._folding.hides(text) or self._reported:
            return False
        self._lines.append(text)
        return True

    @property
    def lines(self) -> list[str]:
        """The last lines, the oldest first."""
        return list(self._lines)


def of(environment: str) -> str:
    """The option that names the environment in a command line to copy; empty for the default one."""
    return "" if environment == LOCAL else f" --env {environment}"


def failure_message(outcome: str, reason: str, lines: Iterable[str], log: str, more: Iterable[str] = ()) -> str:
    """The message about failed work; `log` is the command line that shows its log."""
    last = [f"  │ {line}" for line in lines]
    parts = [outcome, f"reason: {short_reason(reason)}" if reason.strip() else ""]
    parts += [*(["last lines of its log:", *last] if last else []), *more, f"its log: `{log}`"]
    return "\n".join(part for part in parts if part)


def short_reason(reason: str) -> str:
    """A FailureReason without what the log says too: of the toolkit's traceback only the error itself."""
    text = _LOG.sub("", reason.strip())
    return _MESSAGE.sub(_last_line, text).strip()


def _last_line(match: re.Match[str]) -> str:
    lines = [line.strip() for line in match["message"].replace("\\n", "\n").splitlines() if line.strip()]
    return f" {lines[-1]}" if lines else ""


def logs_command(name: str, environment: str) -> str:
    """The command line that shows a log."""
    return f"launchpad logs {name}{of(environment)}"


def goes_on(noun: str, name: str, environment: str) -> str:
    """The message to a person who has stopped watching: how to watch again, and how to end the work."""
    flag = of(environment)
    return (
        f"interrupted; the {noun} goes on: follow it with `launchpad logs {name} --follow{flag}`,"
        f" end it with `launchpad stop {name}{flag}`"
    )
