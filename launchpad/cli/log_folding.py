"""Hides the 130 or so lines that SageMaker's training toolkit prints before a script's first line.

They stay in CloudWatch Logs, and `launchpad logs --all` prints them. Its warnings and errors are always shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_INFO = re.compile(r"^\d{4}-\d\d-\d\d [\d:,]+ sagemaker-training-toolkit INFO ")
BEGIN = "Training Env:"
END = "Invoking script with the following command:"


@dataclass
class Folding:
    """Decides line by line, and counts the hidden lines."""

    hidden: int = 0
    inside: bool = False
    command_next: bool = False

    def hides(self, line: str) -> bool:
        """Whether this line comes from the toolkit."""
        hidden = self._is_preamble(line)
        self.hidden += hidden
        return hidden

    def _is_preamble(self, line: str) -> bool:
        if self.command_next:
            self.command_next = False
            return True
        if self.inside:
            self.inside = line != END
            self.command_next = line == END
            return True
        if line == BEGIN:
            self.inside = True
            return True
        return bool(_INFO.match(line))
