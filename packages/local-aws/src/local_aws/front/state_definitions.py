"""Judges a state machine's definition as CreateStateMachine, UpdateStateMachine and CloudFormation do.

Confirmed by users' reports are the words of a field that is missing, not supported, of the other query language, or
excluded by another, of empty lists, numbers and choices, of targets and states that are not reachable (to which no
other leads), of a machine without an end (which is not searched for such states), and of states' names. Not confirmed:
those of a machine's name, of broken JSON and of values of a wrong type, and that a wrong shape is reported without the
transitions.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local_aws.front import state_fields as fields

MOST_CHARACTERS = 80
SCHEMA, TARGET, NO_END = "SCHEMA_VALIDATION_FAILED", "MISSING_TRANSITION_TARGET", "MISSING_END_STATE"
VERSION = "1.0"
LANGUAGES = ("JSONPath", "JSONata")
UNUSABLE = frozenset('<>{}[]?*"#%\\^|~`$&,;:/')
"""No name of a state machine has these characters (API reference, CreateStateMachine)."""


@dataclass(frozen=True)
class Problem:
    """One fault of a definition, and where it is."""

    code: str
    message: str
    location: str | None = None

    def __str__(self) -> str:
        return f"{self.code}: {self.message} at {self.location or 'null'}"


Problems = Iterator[Problem]
Members = Mapping[str, Any]


def name_problem(name: str) -> str | None:
    """AWS's message if it takes no state machine of this name."""
    usable = not any(letter in UNUSABLE or letter.isspace() or not letter.isprintable() for letter in name)
    return None if usable else f"Invalid Name: '{name}'"


def definition_problem(text: str) -> str | None:
    """AWS's message if it refuses the definition."""
    found = definition_problems(text)
    return f"Invalid State Machine Definition: '{', '.join(map(str, found))}'" if found else None


def definition_problems(text: str) -> Sequence[Problem]:
    """All that is wrong with a definition; the transitions are looked at once the shape is right."""
    try:
        machine = json.loads(text)
    except (ValueError, RecursionError) as error:
        return [Problem("INVALID_JSON_DESCRIPTION", str(error))]
    if not isinstance(machine, dict):
        return [_schema("Expected value of type Object", "")]
    language = machine.get("QueryLanguage", LANGUAGES[0])
    if language not in LANGUAGES:
        return [_choice(LANGUAGES, "/QueryLanguage")]
    shape = [*_container(machine, "", fields.MACHINE, language)]
    if machine.get("Version", VERSION) != VERSION:
        shape.append(_choice((VERSION,), "/Version"))
    return shape or [*_names(machine), *_transitions(machine, "")]


def _schema(message: str, location: str) -> Problem:
    return Problem(SCHEMA, message, location or "/")


def _choice(values: Sequence[str], location: str) -> Problem:
    return _schema(f"Value should be one of the following: [{', '.join(values)}]", location)


def _members(owner: Any, location: str, supported: frozenset[str], required: Sequence[str], language: str) -> Problems:
    if not isinstance(owner, dict):
        yield _schema("Expected value of type Object", location)
        return
    foreign, other = (fields.OF_JSONPATH, 0) if language == LANGUAGES[1] else (fields.OF_JSONATA, 1)
    for name in owner:
        if name not in supported:
            yield _schema(f"Field '{name}' is not supported", location)
        elif name in foreign:
            only = f"field '{name}' is only supported for the '{LANGUAGES[other]}' QueryLanguage"
            yield _schema(f"The QueryLanguage is set to '{language}', but {only}", location)
    if missing := [name for name in required if name not in owner]:
        yield _schema(f"These fields are required: [{', '.join(missing)}]", location)
    for name in ("StartAt", "Next", "Default", "Resource"):
        if not isinstance(owner.get(name, ""), str):
            yield _schema("Expected value of type String", f"{location}/{name}")


def _one_of(owner: Members, names: Sequence[str], location: str, *, needed: bool = True) -> Problems:
    given = [name for name in names if name in owner and not (name == "End" and owner[name] is not True)]
    if len(given) > 1:
        yield _schema(f"There should only be one of the following fields: [{', '.join(names)}]", location)
    elif needed and not given:
        yield _schema(f"This object should have only one of the following fields: [{', '.join(names)}]", location)


def _numbers(owner: Any, location: str, language: str) -> Problems:
    """Judge the numbers of a state or a retrier; JSONata has expressions in their stead."""
    for name in fields.NUMBERS.keys() & owner.keys() if isinstance(owner, dict) else ():
        least, most = fields.NUMBERS[name]
        number, fraction = owner[name], name in fields.FRACTIONS
        if language == LANGUAGES[1] and isinstance(number, str) and number.startswith("{%"):
            continue
        if isinstance(number, bool) or not isinstance(number, (int, float) if fraction else int):
            yield _schema(f"Expected value of type {'Number' if fraction else 'Integer'}", f"{location}/{name}")
        elif number < least:
            yield _schema(f"Minimum value is {least}", f"{location}/{name}")
        elif most is not None and number > most:
            yield _schema(f"Maximum value is {most}", f"{location}/{name}")


def _container(container: Any, location: str, supported: frozenset[str], language: str) -> Problems:
    yield from _members(container, location, supported, ("StartAt", "States"), language)
    if not isinstance(container, dict) or "States" not in container:
        return
    states = container["States"]
    if not isinstance(states, dict):
        yield _schema("Expected value of type Object", f"{location}/States")
        return
    if not states:
        yield _schema("Value cannot be empty", f"{location}/States")
    for name, state in states.items():
        yield from _state(state, f"{location}/States/{name}", language)


def _state(state: Any, location: str, language: str) -> Problems:
    if not isinstance(state, dict):
        yield _schema("Expected value of type Object", location)
        return
    if "Type" not in state:
        yield _schema("These fields are required: [Type]", location)
        return
    kind, own = state["Type"], state.get("QueryLanguage", language)
    if kind not in [*fields.FIELDS]:
        yield _choice([*fields.FIELDS], f"{location}/Type")
    elif own not in LANGUAGES:
        yield _choice(LANGUAGES, f"{location}/QueryLanguage")
    elif (language, own) == (LANGUAGES[1], LANGUAGES[0]):
        yield _schema("'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine", location)
    else:
        yield from _fields(state, kind, location, own)
        yield from _parts(state, location, language, own)


def _fields(state: Members, kind: str, location: str, own: str) -> Problems:
    yield from _members(state, location, fields.GENERAL | fields.FIELDS[kind], fields.REQUIRED.get(kind, ()), own)
    if "Next" in fields.FIELDS[kind]:
        yield from _one_of(state, ("Next", "End"), location)
    if kind == "Wait":
        yield from _one_of(state, fields.WAITS, location)
    if kind == "Map":
        yield from _one_of(state, fields.PROCESSORS, location)
    for pair in fields.EXCLUSIVE:
        yield from _one_of(state, pair, location, needed=False)
    if isinstance(resource := state.get("Resource"), str) and not resource.startswith("arn:"):
        yield _schema("Value is not a valid resource ARN", f"{location}/Resource")
    yield from _numbers(state, location, own)
    for name in ("Branches", "Choices", "Retry", "Catch"):
        if not isinstance(state.get(name, []), list):
            yield _schema("Expected value of type Array", f"{location}/{name}")
        elif name in ("Branches", "Choices") and state.get(name) == []:
            yield _schema("Value cannot be empty", f"{location}/{name}")


def _parts(state: Members, location: str, language: str, own: str) -> Problems:
    for name in fields.PROCESSORS:
        if name in state:
            yield from _container(state[name], f"{location}/{name}", fields.PROCESSOR, language)
    for branch, where in _listed(state, "Branches", location):
        yield from _container(branch, where, fields.BRANCH, language)
    for rule, where in _listed(state, "Choices", location):
        yield from _rule(rule, where, own, first=True)
    for name, supported, required in (("Retry", fields.RETRIER, ()), ("Catch", fields.CATCHER, ("Next",))):
        handlers = [*_listed(state, name, location)]
        for number, (handler, where) in enumerate(handlers, 1):
            yield from _members(handler, where, supported, ("ErrorEquals", *required), own)
            yield from _errors(handler, where, last=number == len(handlers))
            yield from _numbers(handler, where, own)


def _listed(owner: Members, name: str, location: str) -> Iterator[tuple[Any, str]]:
    members = owner.get(name)
    for index, member in enumerate(members if isinstance(members, list) else ()):
        yield member, f"{location}/{name}[{index}]"


def _errors(handler: Any, location: str, *, last: bool) -> Problems:
    if not isinstance(handler, dict):
        return
    names = handler.get("ErrorEquals", ["any"])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        yield _schema("Expected value of type Array of String", f"{location}/ErrorEquals")
    elif not names:
        yield _schema("Value cannot be empty", f"{location}/ErrorEquals")
    elif "States.ALL" in names and (len(names) > 1 or not last):
        yield _schema("States.ALL must appear alone and at end of list", f"{location}/ErrorEquals")
    if handler.get("JitterStrategy", "NONE") not in ("NONE", "FULL"):
        yield _choice(("NONE", "FULL"), f"{location}/JitterStrategy")


def _rule(rule: Any, location: str, language: str, *, first: bool = False) -> Problems:
    """A rule of a Choice state; only the outermost has Next."""
    supported = fields.RULE if first else fields.RULE - fields.KEEPING - {"Next", "Condition"}
    yield from _members(rule, location, supported, ("Next",) if first else (), language)
    if not isinstance(rule, dict):
        return
    if len(rule.keys() & {*fields.SELECTORS}) != 1:
        only = f"[{', '.join(fields.SELECTORS)}]"
        yield _schema(f"The object must have only one of the following fields, {only}", location)
    elif "Variable" in rule:
        yield from _one_of(rule, sorted(fields.COMPARISONS), location)
    for name in ("And", "Or"):
        if not isinstance(rule.get(name, []), list):
            yield _schema("Expected value of type Array", f"{location}/{name}")
        for nested, where in _listed(rule, name, location):
            yield from _rule(nested, where, language)
    if "Not" in rule:
        yield from _rule(rule["Not"], f"{location}/Not", language)


def _inner(state: Members, location: str) -> Iterator[tuple[Members, str]]:
    """The containers of states within a state."""
    yield from _listed(state, "Branches", location)
    yield from ((state[name], f"{location}/{name}") for name in fields.PROCESSORS if name in state)


def _names(machine: Members) -> Problems:
    """A name is at most 80 characters long, and stands once in the whole machine."""
    seen: set[str] = set()
    waiting: list[tuple[Members, str]] = [(machine, "")]
    for container, above in waiting:
        for name, state in container["States"].items():
            location = f"{above}/States/{name}"
            if len(name) > MOST_CHARACTERS:
                words = f"State '{name}' exceeds the {MOST_CHARACTERS}-character limit allowed by the service"
                yield Problem("INVALID_STATE_NAME", f"Invalid State name: {words}", location)
            if name in seen:
                yield Problem("DUPLICATE_STATE_NAME", f"Duplicate State name: {name}", location)
            seen.add(name)
            waiting.extend(_inner(state, location))


def _targets(state: Members, location: str) -> Iterator[tuple[str, str]]:
    for name in ("Next", "Default"):
        if name in state:
            yield state[name], f"{location}/{name}"
    for handler, where in (*_listed(state, "Choices", location), *_listed(state, "Catch", location)):
        yield handler["Next"], f"{where}/Next"


def _transitions(container: Members, location: str) -> Problems:
    states = container["States"]
    targeted = {container["StartAt"]}
    links = [(None, container["StartAt"], f"{location}/StartAt")] + [
        (name, target, where)
        for name, state in states.items()
        for target, where in _targets(state, f"{location}/States/{name}")
    ]
    targeted |= {target for source, target, _ in links if source != target}
    for _, target, where in links:
        if target not in states:
            yield Problem(TARGET, f"Missing 'Next' target: {target}", where)
    if not any(state.get("End") or state["Type"] in ("Succeed", "Fail") for state in states.values()):
        yield Problem(NO_END, "Workflow has no terminal state")
    else:
        for name in (name for name in states if name not in targeted):
            yield Problem(TARGET, f'State "{name}" is not reachable.', f"{location}/States/{name}")
    for name, state in states.items():
        for inner, where in _inner(state, f"{location}/States/{name}"):
            yield from _transitions(inner, where)
