"""The dangers of what happens to whole environments and stacks, and of exports that can't be changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from template_diff.danger import ABANDONS, DELETES, FAILS, LOSES, MAY_FAIL, MOVES, Danger
from template_diff.model import Action, Difference, ResourceChange
from template_diff.references import reference
from template_diff.text import became, code, counted, listed, plain, showing
from template_diff.whole import EnvironmentGone, EnvironmentMove, ExportConflict, Location

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
    yield from _conflicts(difference)


def _abandoned(change: EnvironmentGone) -> str:
    size = f"{counted(change.resources, 'resource')} in {counted(change.stacks, 'stack')}"
    remedy = f" To delete it: {code(f'launchpad destroy --env {change.environment}')}." if change.environment else ""
    return f"The app no longer has it. No deploy deletes anything: {size} stay, billed and no longer updated.{remedy}"


def _move(move: EnvironmentMove) -> Iterator[Danger]:
    old, new = _apart(move.old, move.new)
    remedy = f"check out the old commit and run {code(f'launchpad destroy --env {move.environment}')}"
    what = (
        f"All is created anew, empty, in {new}. The {counted(move.resources, 'resource')} in {old} stay, with their"
        f" data, billed and no longer updated. To delete them, {remedy}."
    )
    yield Danger(MOVES, "", "", "", what, "")
    if move.taken_names:
        what = "These names exist once per account, so the deploy fails until the old environment is deleted."
        yield Danger(FAILS, "", "", "", what, listed(move.taken_names, code, _MOST))


def _apart(old: Location, new: Location) -> list[str]:
    """Two locations in words: only in what they differ."""
    if old.region == new.region:
        return [f"account {plain(str(location.account))}" for location in (old, new)]
    if old.account == new.account or not (old.account and new.account):
        return [plain(location.region) for location in (old, new)]
    return [f"{plain(location.region)} of account {plain(str(location.account))}" for location in (old, new)]


def _stack_removal(stack: str, changes: Sequence[ResourceChange]) -> Danger:
    losing = [change for change in changes if change.loses_data]
    undeletable = [change for change in changes if change.data and change.data.undeletable]
    retained = [change for change in changes if change.retained or (change.data and change.data.kept_by)]
    size = counted(len(changes) - len(retained), "resource")
    what = (
        f"The app no longer has this stack. It stays, billed, until the next deploy deletes it, with {size}; with"
        " `--yes`, as in GitHub's workflow, without a question."
    )
    lines = []
    if losing:
        lines.append(f"**Lost:** {_held(losing)}.")
    if retained:
        lines.append(f"Kept in the account, and no longer managed (DeletionPolicy): {_held(retained)}.")
    if undeletable:
        lines.append(f"The stack can't be deleted unless these are empty: {_held(undeletable)}.")
    return Danger(LOSES if losing else DELETES, stack, "", "", what, "<br>".join(lines))


def _held(changes: Sequence[ResourceChange]) -> str:
    """The resources, each with the data that it holds."""
    names = [
        code(change.place.logical_id) + (f" ({change.data.holds})" if change.data else "") for change in changes[:_MOST]
    ]
    more = f" and {len(changes) - _MOST} more" if len(changes) > _MOST else ""
    return f"{', '.join(names)}{more}"


def _conflicts(difference: Difference) -> Iterator[tuple[str, Danger]]:
    """One danger for each exporting stack."""
    by_stack: dict[tuple[str, str, bool], list[ExportConflict]] = defaultdict(list)
    for conflict in difference.exports:
        by_stack[conflict.environment, conflict.stack, conflict.certain].append(conflict)
    for (environment, stack, certain), conflicts in by_stack.items():
        may = "" if certain else "may "
        what = f"CloudFormation changes no export that another stack imports, and these {may}change:"
        more = [f"and {len(conflicts) - _MOST} more"] if len(conflicts) > _MOST else []
        values = "<br>".join([*map(_export, conflicts[:_MOST]), *more])
        yield environment, Danger(FAILS if certain else MAY_FAIL, stack, "", "", what, values)


def _export(conflict: ExportConflict) -> str:
    show = showing(conflict.stack)
    words = f"{code(conflict.output)} (imported by {listed(conflict.importers, code)})"
    if conflict.replaced:
        verb = "is" if len(conflict.replaced) == 1 else "are"
        return f"{words}: {listed([reference(name) for name in conflict.replaced], show)} {verb} replaced"
    return f"{words}: {became(conflict.old, conflict.new, conflict.stack)}"
