"""A runtime whose jobs never come back from their preparation, not even when the server stops."""

from __future__ import annotations

import sys
import threading
from typing import Any

from plain_runtime import PlainRuntime


class StuckRuntime(PlainRuntime):
    def prepare(self, *_arguments: Any) -> None:
        sys.stderr.write("stuck\n")
        threading.Event().wait()
