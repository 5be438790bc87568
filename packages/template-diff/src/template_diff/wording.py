"""Findings in plain words.

Note: a permission is shown in the one respect that changed (`s3:GetObject` → `s3:Get*`), followed by the rest of the
statement.
"""

from __future__ import annotations

from template_diff.model import (
    REFUSED,
    Action,
    DataFate,
    Grants,
    NetworkChange,
    PermissionChange,
    PropertyChange,
    ResourceChange,
    Respect,
)
from template_diff.references import reference
from template_diff.text import Show, arrow, became, listed, showing

_WIDENED = {
    Respect.CONDITION: "the condition is weaker",
    Respect.ACTION: "more actions",
    Respect.RESOURCE: "more resources",
    Respect.PRINCIPAL: "more principals",
    Respect.ALL: "newly allowed",
    Respect.ATTACHMENT: "more attached",
    Respect.BOUNDARY: "removed or exchanged",
}
_NARROWED = {
    Respect.CONDITION: "the condition is stricter",
    Respect.ACTION: "fewer actions",
    Respect.RESOURCE: "fewer resources",
    Respect.PRINCIPAL: "fewer principals",
    Respect.ALL: "no longer allowed",
    Respect.ATTACHMENT: "fewer attached",
    Respect.BOUNDARY: "added",
}


def permission_words(change: PermissionChange) -> str:
    """The holder's policy that permits more or less, and in which respect."""
    if change.denied:
        return f"{change.policy}: {'less' if change.widened else 'more'} is denied"
    return f"{change.policy}: {(_WIDENED if change.widened else _NARROWED)[change.respect]}"


def permission_values(change: PermissionChange) -> str:
    """Old → new of one permission."""
    show = showing(change.holder.stack)
    values_here, values_there = (
        _respect_values(change.respect, change.grants, show) or "none",
        listed(change.instead, show) or "none",
    )
    # The grants are those of only one side: the new side if something was added
    came = change.widened is not change.denied or change.respect is Respect.BOUNDARY
    if came:
        values = arrow(values_there, f"{'also ' if change.beside else ''}{values_here}")
    else:
        values = arrow(values_here, f"{'only ' if change.beside else ''}{values_there}")
    return "<br>".join([values, *_circumstances(change, show)])


def _respect_values(respect: Respect, grants: Grants, show: Show) -> str:
    if respect is Respect.CONDITION:
        return show(grants.condition or "no condition")
    if respect is Respect.PRINCIPAL:
        return listed(grants.principals, show)
    if respect in (Respect.RESOURCE, Respect.ATTACHMENT, Respect.BOUNDARY):
        return listed(grants.resources, show)
    return listed(grants.actions, show, most=8)


def _circumstances(change: PermissionChange, show: Show) -> list[str]:
    """The rest of the statement in up to two lines: its resources, and its condition."""
    grants, respect = change.grants, change.respect
    if respect in (Respect.ATTACHMENT, Respect.BOUNDARY):
        return []
    parts = []
    if respect in (Respect.CONDITION, Respect.RESOURCE, Respect.PRINCIPAL):
        parts.append(f"for {listed(grants.actions, show)}")
    if respect is not Respect.RESOURCE and grants.resources != ("*",):
        parts.append(f"on {listed(grants.resources, show)}")
    elif respect is not Respect.RESOURCE and change.policy == "identity policy":
        parts.append("on all resources")
    if respect is not Respect.PRINCIPAL and change.policy not in ("identity policy", "permissions boundary"):
        parts.append(f"by {listed(grants.principals, show)}")
    lines = [" ".join(parts)] if parts else []
    if respect is not Respect.CONDITION and grants.condition:
        lines.append(f"if {show(grants.condition)}")
    return lines


def what_happens(change: ResourceChange) -> str:
    """What CloudFormation does to a resource, why, and what happens to its data."""
    show = showing(change.place.stack)
    sentence = _SENTENCES[change.label].format(why=_why(change, show), former=_former(change, show))
    if change.kept_name is not None:
        return f"{sentence} {_refusal(change, show)}"
    return sentence if change.data is None else f"{sentence} {_fate(change.data)}"


def _refusal(change: ResourceChange, show: Show) -> str:
    name = show(change.kept_name or "")
    if change.action in (Action.ADDED, Action.RENAMED):
        return f"The old one still has its custom name {name} then: **the deploy fails**, and nothing is lost."
    fails = "may fail" if change.is_uncertain else "fails"
    return (
        f"CloudFormation replaces nothing that keeps its custom name ({name}): **the deploy {fails}**, no data is lost."
    )


def _fate(data: DataFate) -> str:
    if data.lost:
        return f"**Lost: {data.holds}.**"
    if data.undeletable:
        return f"The old one is only deleted if it is empty. Otherwise it stays outside the stack, with {data.holds}."
    return f"Kept outside the stack ({data.kept_by}): {data.holds}."


def _why(change: ResourceChange, show: Show) -> str:
    causes = listed(change.causes, show)
    if change.follows:
        replaced = listed([reference(name) for name in change.follows], show)
        return f"{causes} refers to {replaced}, which is replaced"
    return f"{causes} can't be changed in place"


def _former(change: ResourceChange, show: Show) -> str:
    if change.former is None:
        return ""
    return show(reference(f"{change.former.stack}/{change.former.logical_id}"))


_SENTENCES = {
    Action.ADDED: "Added.",
    Action.CHANGED: "Changed in place.",
    Action.REMOVED: "Removed.",
    Action.MAY_BE_REMOVED: "Removed where its condition turns false.",
    Action.REPLACED: "Replaced, because {why}.",
    REFUSED: "Would be replaced, because {why}.",
    Action.MAY_BE_REPLACED: "May be replaced, because {why}.",
    Action.RENAMED: "Only the logical id changed, from {former}: a new one is created and the old one removed.",
}


def cause_values(change: ResourceChange) -> str:
    """Old → new of the properties that cause a replacement, else empty."""
    if change.former is not None:
        show = showing(change.place.stack)
        return arrow(_former(change, show), show(reference(f"{change.place.stack}/{change.place.logical_id}")))
    telling = [prop for prop in change.properties if any(_lies_in(prop.path, cause) for cause in change.causes)]
    return "<br>".join(property_words(prop, change.place.stack) for prop in telling)


def _lies_in(path: str, cause: str) -> bool:
    return path == cause or path.startswith((f"{cause}.", f"{cause}[", f"{cause} ")) or cause.startswith(f"{path}.")


def property_words(change: PropertyChange, stack: str) -> str:
    """One property's path, and old → new."""
    return f"{showing(stack)(change.path)}: {became(change.old, change.new, stack)}"


def network_values(change: NetworkChange) -> str:
    """Old → new of one security-group rule."""
    show = showing(change.group.stack)
    rule, instead = show(change.rule), listed(change.instead, show) or "none"
    return arrow(instead, rule) if change.opened else arrow(rule, instead)
