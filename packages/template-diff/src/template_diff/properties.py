"""Finds where two versions of a resource's properties differ, as the most specific paths.

Note: texts that contain JSON (state machines, dashboards) are compared as parsed values, and lists of named items
(tags, rules, policies) by name instead of by position, so that one insertion is one line.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping

from template_diff.model import PropertyChange
from template_diff.references import Value, canonical

_NAMES = (
    "Key",
    "Name",
    "Id",
    "Sid",
    "PolicyName",
    "RuleId",
    "AttributeName",
    "IndexName",
    "VariantName",
    "Classification",
)
"""Members that identify the items of a list; the first one that all items have with different values is used."""
_MISSING = object()


def property_changes(old: Mapping[str, Value], new: Mapping[str, Value]) -> tuple[PropertyChange, ...]:
    """Every difference between two sets of properties, in the order of their paths."""
    return tuple(_dicts("", old, new))


def _differences(path: str, old: Value, new: Value) -> Iterator[PropertyChange]:
    if canonical(old) == canonical(new):
        return
    old, new = _unfolded(old, new)
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _dicts(path, old, new)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _lists(path, old, new)
    elif isinstance(old, str) and isinstance(new, str) and "\n" in old and "\n" in new:
        yield from _lines(path, old, new)
    else:
        yield PropertyChange(path, canonical(old), canonical(new))


def _unfolded(old: Value, new: Value) -> tuple[Value, Value]:
    """Two texts that both contain JSON, parsed; anything else unchanged."""
    if not (isinstance(old, str) and isinstance(new, str) and old[:1] in ("{", "[") and new[:1] in ("{", "[")):
        return old, new
    try:
        return _as_value(json.loads(old)), _as_value(json.loads(new))
    except ValueError:
        return old, new


def _as_value(parsed: object) -> Value:
    if isinstance(parsed, dict):
        return {str(key): _as_value(item) for key, item in parsed.items()}
    if isinstance(parsed, list):
        return [_as_value(item) for item in parsed]
    return parsed if isinstance(parsed, str) else json.dumps(parsed)


def _dicts(path: str, old: Mapping[str, Value], new: Mapping[str, Value]) -> Iterator[PropertyChange]:
    for key in sorted({*old, *new}):
        inner = f"{path}.{key}" if path else key
        if key not in old:
            yield PropertyChange(inner, None, canonical(new[key]))
        elif key not in new:
            yield PropertyChange(inner, canonical(old[key]), None)
        else:
            yield from _differences(inner, old[key], new[key])


def _lists(path: str, old: list[Value], new: list[Value]) -> Iterator[PropertyChange]:
    for member in _NAMES:
        old_by_name, new_by_name = _by_name(old, member), _by_name(new, member)
        if old_by_name is not None and new_by_name is not None:
            for key in sorted({*old_by_name, *new_by_name}):
                yield from _items(f"{path}[{key}]", old_by_name.get(key), new_by_name.get(key))
            return
    removed, added = _without(old, new), _without(new, old)
    if not removed and not added:
        yield PropertyChange(path, canonical(old), canonical(new))
    elif len(removed) == len(added) and not any(isinstance(item, str) for item in (*removed, *added)):
        for before, after in zip(removed, added, strict=True):
            yield from _differences(f"{path}[{new.index(after)}]", before, after)
    else:
        yield PropertyChange(path, _listed(removed), _listed(added))


def _items(path: str, old: Value | None, new: Value | None) -> Iterator[PropertyChange]:
    if old is None or new is None:
        yield PropertyChange(path, None if old is None else canonical(old), None if new is None else canonical(new))
    else:
        yield from _differences(path, old, new)


def _by_name(items: list[Value], member: str) -> dict[str, Value] | None:
    """The items by the value of `member`; None if an item lacks it or two share it."""
    items_by_name: dict[str, Value] = {}
    for item in items:
        name = item.get(member) if isinstance(item, dict) else None
        if not isinstance(name, str) or name in items_by_name:
            return None
        items_by_name[name] = item
    return items_by_name


def _without(items: list[Value], others: list[Value]) -> list[Value]:
    """`items` without one equal item for each of `others`."""
    unmatched = [canonical(other) for other in others]
    remaining = []
    for item in items:
        if (text := canonical(item)) in unmatched:
            unmatched.remove(text)
        else:
            remaining.append(item)
    return remaining


def _listed(items: list[Value]) -> str | None:
    return ", ".join(map(canonical, items)) or None


def _lines(path: str, old: str, new: str) -> Iterator[PropertyChange]:
    """Each run of changed lines in a script or other multi-line text, under its line number."""
    before, after = old.splitlines(), new.splitlines()
    if before == after:
        yield PropertyChange(path, "different line ends", None)
    for tag, start, end, new_start, new_end in difflib.SequenceMatcher(
        None, before, after, autojunk=False
    ).get_opcodes():
        if tag != "equal":
            removed, added = "⏎".join(before[start:end]), "⏎".join(after[new_start:new_end])
            yield PropertyChange(f"{path} line {new_start + 1}", removed or None, added or None)
