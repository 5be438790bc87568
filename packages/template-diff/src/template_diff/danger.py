"""One row of the table of dangers, and the kinds of dangers, worst first."""

from __future__ import annotations

from dataclasses import dataclass

MOVES, ABANDONS = "Moves", "Leaves an environment"
FAILS, MAY_FAIL = "Deploy fails", "Deploy may fail"
LOSES, MAY_LOSE = "Loses data", "May lose data"
WIDENS, OPENS = "Widens permissions", "Opens network"
DELETES, ORPHANS, UNPROTECTS = "Deletes a stack", "Leaves data behind", "Unprotects data"
REPLACES, MAY_REPLACE = "Replaces", "May replace"
MAY_REMOVE, CLOSES = "May remove", "Closes network"
WORST_FIRST = (
    *(MOVES, ABANDONS, FAILS, MAY_FAIL, LOSES, MAY_LOSE, WIDENS, OPENS, DELETES, ORPHANS, UNPROTECTS),
    *(REPLACES, MAY_REPLACE, MAY_REMOVE, CLOSES),
)


@dataclass(frozen=True)
class Danger:
    """One row of the table of dangers, in Markdown."""

    kind: str
    stack: str
    logical_id: str
    resource_type: str
    what: str
    values: str
