"""The server's log as plain text, because names and messages in it may contain terminal control sequences."""

from __future__ import annotations

import logging
import re

_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters except newline and tab, Unicode's line separators and bidirectional controls, surrogates."""


class PlainFormatter(logging.Formatter):
    """Log lines in which such characters are escaped as in Python, such as `\\x1b`."""

    def format(self, record: logging.LogRecord) -> str:
        """The whole entry, with its traceback."""
        return _UNSAFE.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), super().format(record))
