"""SageMaker's training toolkit prints some 130 lines before a script's first; who follows a job is spared them.

They stay in CloudWatch Logs, and `launchpad logs` prints them. Warnings and errors of the toolkit are never hidden.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_INFO = re.compile(r"^\d{4}-\d\d-\d\d [\d:,]+ sagemaker-training-toolkit INFO ")
BEGIN = "Training Env:"
END = "Invoking script with the following command:"


@dataclass
class Folding:
    """Decides line by line; remembers how many it has hidden."""

    hidden: int = 0
    inside: bool = False
    command_next: bool = False

    def hides(self, line: str) -> bool:
        """Whether this line is the toolkit's own."""
        mine = self._is_preamble(line)
        self.hidden += mine
        return mine

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
