"""What a failed command has to look like."""

from __future__ import annotations


def one_message(result, code=1):
    """The message of a command that failed as it should."""
    assert result.returncode == code, result.stderr
    assert "Traceback" not in result.stderr
    assert result.stderr.startswith("error: ")
    return result.stderr
