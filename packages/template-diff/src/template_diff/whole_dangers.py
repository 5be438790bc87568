"""The dangers of what happens to whole environments and stacks, and of exports that can't be changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from template_diff.danger import ABANDONS, DELETES, FAILS, LOSES, MAY_FAIL, MOVES, Danger
from template_diff.model import Action, Difference, ResourceChange
from template_diff.references import reference
from template_diff.text import arrow, became, code, counted, listed, plain, showing
from template_diff.whole import EnvironmentGone, EnvironmentMove, ExportConflict

_MOST = 12
"""The most names in one row, because a row can only be left out as a whole."""


def whole_dangers(difference: Difference) -> Iterator[tuple[str, Danger]]:
    """Each danger with its environment."""
    for environment in difference.abandoned:
        yield environment.environment, Danger(ABANDONS, "", "", "", _abandoned(environment), "")
    for move in difference.moves:
        yield from ((move.environment, danger) for danger in _move(move))
    for removal in difference.removed_stacks:
        changes = [
            change
            for change in difference.resources
            if change.action is Action.REMOVED
            and (change.place.environment, change.place.stack) == (removal.environment, removal.stack)
        ]
        yield removal.environment, _stack_removal(removal.stack, changes)
    for conflict in difference.exports:
        yield conflict.environment, _conflict(conflict)


def _abandoned(change: EnvironmentGone) -> str:
    size = f"{counted(change.resources, 'resource')} in {counted(change.stacks, 'stack')}"
    remedy = f" To delete it: {code(f'launchpad destroy --env {change.environment}')}." if change.environment else ""
    return f"The app no longer has it. No deploy deletes anything: {size} stay, billed and no longer updated.{remedy}"


def _move(move: EnvironmentMove) -> Iterator[Danger]:
    old, new = plain(str(move.old)), plain(str(move.new))
    what = (
        f"All is created anew, empty, in {new}. The old {counted(move.resources, 'resource')} stay in {old} with their "
        "data, billed and no longer updated."
    )
    remedy = f"To delete them, check out the old commit: {code(f'launchpad destroy --env {move.environment}')}"
    yield Danger(MOVES, "", "", "", f"{what}<br>{remedy}", arrow(code(str(move.old)), code(str(move.new))))
    if move.taken_names:
        what = "**The deploy fails** as long as the old environment exists, because these names exist once per account."
        yield Danger(FAILS, "", "", "", what, listed(move.taken_names, code, _MOST))


def _stack_removal(stack: str, changes: Sequence[ResourceChange]) -> Danger:
    losing = [change for change in changes if change.loses_data]
    undeletable = [change for change in changes if change.data and change.data.undeletable]
    retained = [change for change in changes if change.data and change.data.kept_by]
    size = counted(len(changes), "resource")
    what = f"The app no longer has this stack. The next deploy asks, then deletes it last: {size}."
    lines = []
    if losing:
        lines.append(f"**Lost:** {_held(losing)}.")
    if retained:
        lines.append(f"Kept in the account, billed and no longer managed (DeletionPolicy): {_held(retained)}.")
    if undeletable:
        lines.append(f"The stack can't be deleted unless these are empty: {_held(undeletable)}.")
    return Danger(LOSES if losing else DELETES, stack, "", "", what, "<br>".join(lines))


def _held(changes: Sequence[ResourceChange]) -> str:
    """The resources, each with what it holds."""
    names = [f"{code(change.place.logical_id)} ({change.data.holds})" for change in changes[:_MOST] if change.data]
    more = f" and {len(changes) - _MOST} more" if len(changes) > _MOST else ""
    return f"{', '.join(names)}{more}"


def _conflict(conflict: ExportConflict) -> Danger:
    kind = FAILS if conflict.certain else MAY_FAIL
    importers = f"imported by {listed(conflict.importers, code)}"
    what = f"**{'The deploy fails' if conflict.certain else 'The deploy may fail'}:** {_reason(conflict)}"
    values = [importers]
    if conflict.old or conflict.new:
        values.append(became(conflict.old, conflict.new, conflict.stack))
    return Danger(kind, conflict.stack, conflict.output, "Export", what, "<br>".join(values))


def _reason(conflict: ExportConflict) -> str:
    show = showing(conflict.stack)
    why = ""
    if conflict.replaced:
        resources = listed([reference(name) for name in conflict.replaced], show)
        why = f", because {resources} {'is' if len(conflict.replaced) == 1 else 'are'} replaced"
    return f"its value changes{why}, and CloudFormation changes no export that another stack imports."
