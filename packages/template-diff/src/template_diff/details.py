"""Every change in full, for the folded part of the report: one block per stack and set of environments.

Note: policies and security-group rules are not shown as property changes, because the permissions that they add or
remove are shorter to read.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from template_diff.grouping import by_environments, environment_names, promotion_order
from template_diff.model import REFUSED, Action, Difference, ResourceChange
from template_diff.policies import SOURCES
from template_diff.text import code, counted, plain
from template_diff.wording import permission_values, permission_words, property_words, what_happens

_MOST = 20
"""The most properties of one resource that are listed, because a row can only be left out as a whole."""
PERMITTED, FORBIDDEN = "granted", "narrowed"
_ORDER = (*Action, REFUSED, PERMITTED, FORBIDDEN)
_ALREADY_TOLD = frozenset({Action.ADDED, Action.CHANGED, Action.REMOVED})


@dataclass(frozen=True)
class Block:
    """One folded part: a title, and table rows."""

    title: str
    rows: tuple[str, ...]


@dataclass(frozen=True)
class _Line:
    """One row, before its environments are known."""

    stack: str
    label: str
    logical_id: str
    resource_type: str
    what: str

    def row(self) -> str:
        kind = f" {plain(self.resource_type.removeprefix('AWS::'))}" if self.resource_type else ""
        return f"| {self.label} | {code(self.logical_id)}{kind} | {self.what} |"


def details(difference: Difference) -> list[Block]:
    """The blocks, by stack and then by environments."""
    blocks: dict[tuple[str, tuple[str, ...]], list[_Line]] = defaultdict(list)
    lines = [*_resource_lines(difference), *_permission_lines(difference)]
    for environments, line in by_environments(lines):
        blocks[line.stack, environments].append(line)
    order = sorted(blocks, key=lambda key: (key[0], -len(key[1]), [promotion_order(name) for name in key[1]]))
    return [_block(stack, environments, blocks[stack, environments]) for stack, environments in order]


def _block(stack: str, environments: tuple[str, ...], lines: list[_Line]) -> Block:
    counts = Counter(line.label for line in lines)
    summary = ", ".join(f"{counts[label]} {label}" for label in _ORDER if counts[label])
    ordered = sorted(lines, key=lambda line: (_ORDER.index(line.label), line.logical_id))
    return Block(f"{environment_names(environments)} · {stack}: {summary}", tuple(line.row() for line in ordered))


def _resource_lines(difference: Difference) -> Iterator[tuple[str, _Line]]:
    for change in difference.resources:
        words = [] if change.action in _ALREADY_TOLD and change.data is None else [what_happens(change)]
        words += _properties(change)
        resource = change.place
        yield (
            resource.environment,
            _Line(resource.stack, change.label, resource.logical_id, change.resource_type, "<br>".join(words)),
        )


def _properties(change: ResourceChange) -> list[str]:
    """The property changes in words; for policies and rules only that they changed."""
    folded = {source.document.partition(".")[0]: "other statements" for source in SOURCES.get(change.resource_type, ())}
    folded |= dict.fromkeys(("SecurityGroupIngress", "SecurityGroupEgress"), "other rules")
    words: dict[str, str] = {}
    for prop in change.properties:
        head = prop.path.partition(".")[0].partition("[")[0]
        if head in folded:
            words[head] = f"{code(head)}: {folded[head]}"
        else:
            words[prop.path] = property_words(prop, change.place.stack)
    lines = list(words.values())
    more = [f"and {counted(len(lines) - _MOST, 'property', 'properties')} more"] if len(lines) > _MOST else []
    return lines[:_MOST] + more


def _permission_lines(difference: Difference) -> Iterator[tuple[str, _Line]]:
    for change in difference.permissions:
        if change.widened is not change.new_holder:
            continue  # a danger, listed in full there; or what a new resource denies, which was not permitted before
        words = f"{change.policy}: {permission_values(change).removeprefix('none → ')}"
        if not change.new_holder:
            words = f"{permission_words(change)}<br>{permission_values(change)}"
        holder = change.holder
        yield (
            holder.environment,
            _Line(holder.stack, PERMITTED if change.widened else FORBIDDEN, holder.logical_id, "", words),
        )
