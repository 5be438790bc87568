"""The controls that the platform must keep: one table, asserted on templates and on requests."""

from security.controls.control import Control, Violation
from security.controls.table import CONTROLS

__all__ = ["CONTROLS", "Control", "Violation"]
