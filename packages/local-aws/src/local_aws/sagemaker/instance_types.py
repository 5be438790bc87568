"""Processors and memory of instance types, by the rules of their families ("Amazon EC2 instance types", by AWS)."""

from __future__ import annotations

import re

TYPE = re.compile(r"ml\.(?P<family>[a-z]+\d[a-z]*)\.(?P<size>medium|large|(?P<factor>\d*)xlarge)")
GIB_PER_VCPU = {
    **dict.fromkeys(("m4", "m5", "m5d", "m6i", "m6id", "m6g", "m6gd", "m7i", "g4dn", "g5", "g6"), 4.0),
    **dict.fromkeys(("c5", "c5d", "c6i", "c6id", "c6g", "c6gd", "c7i", "c7g"), 2.0),
    **dict.fromkeys(("r5", "r5d", "r6i", "r6id", "r6g", "r6gd", "r7i"), 8.0),
    "t2": 4.0,
    "t3": 4.0,
    "c5n": 2.625,
    "p3": 7.625,
    "p2": 15.25,
}
"""GiB of memory per processor, of the families that have the same for every size."""
MEDIUM = {"t2": 2.0, "t3": 2.0}
"""GiB per processor of the size medium, which has two processors, as large."""


def processors(instance_type: str) -> int | None:
    """How many processors an instance has; None for an unknown family."""
    parts = TYPE.fullmatch(instance_type)
    if parts is None or parts["family"] not in GIB_PER_VCPU:
        return None
    return 2 if parts["factor"] is None else 4 * int(parts["factor"] or 1)


def memory(instance_type: str) -> int | None:
    """Bytes of memory of an instance; None for an unknown family."""
    count, parts = processors(instance_type), TYPE.fullmatch(instance_type)
    if count is None or parts is None:
        return None
    per_processor = MEDIUM.get(parts["family"]) if parts["size"] == "medium" else GIB_PER_VCPU[parts["family"]]
    return round(count * per_processor * 1024**3) if per_processor else None
