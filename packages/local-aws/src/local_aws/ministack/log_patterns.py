"""Filter patterns of CloudWatch Logs ("Filter pattern syntax", user guide): text, expressions, and conditions on JSON.

Words in errors are AWS's, by users' reports; those that begin with "the local AWS" are for what is not there.
"""

from __future__ import annotations

import fnmatch
import json
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Never

from local_aws.api.numbers import decimal_or_none

Matches = Callable[[str], bool]
Holds = Callable[[Any], bool]

_TERM = re.compile(r'(?P<sign>[?-]?)(?:"(?P<quoted>[^"]*)"|%(?P<expression>[^%]+)%|(?P<word>\S+))')
_PART = re.compile(r"""\.(?P<name>[\w-]+)|\[(?P<index>[0-9]+)\]""")
_SELECTOR = r"\$(?P<path>(?:\.[\w-]+|\[[0-9]+\])+)"
_CONDITION = re.compile(
    rf"""\s*{_SELECTOR}\s*(?:
        (?P<comparator>!=|<=|>=|=|<|>)\s*(?P<value>"[^"]*"|%[^%]+%|[^\s"&|()%]+)
      | IS\s+(?P<literal>TRUE|FALSE|NULL)
      | (?P<missing>NOT\s+EXISTS)
    )\s*""",
    re.VERBOSE,
)
_COMPARATORS = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_LITERALS = {"TRUE": True, "FALSE": False, "NULL": None}
_MISSING = object()


def matches(pattern: str, message: str) -> bool:
    """Whether a filter pattern matches a message. Raises `ValueError` like `compiled`."""
    return compiled(pattern)(message)


def compiled(pattern: str) -> Matches:
    """A filter pattern as a function of messages. Raises `ValueError` for one that AWS refuses, or we can't read."""
    pattern = pattern.strip()
    if pattern.startswith("["):
        raise ValueError(f"the local AWS reads no filter pattern such as {pattern!r}")
    if not pattern.startswith("{"):
        return _text(pattern)
    if not pattern.endswith("}"):
        raise ValueError("If a filter pattern starts with '{' it must end with '}'")
    reader = _Conditions(pattern[1:-1])
    holds = reader.alternatives()
    reader.expect_end()
    return lambda message: holds(event_of(message))


def event_of(message: str) -> Any:
    """The message as JSON; None if it isn't, so that no condition holds and it has no values."""
    try:
        return json.loads(message)
    except ValueError:
        return None


def selected(event: Any, path: str) -> Any:
    """What a path such as `.a.b[0]` leads to; None if there is nothing."""
    value = _found(event, path)
    return None if value is _MISSING else value


def text_of(value: Any) -> str:
    """A value of an event as patterns and dimensions see it."""
    return value if isinstance(value, str) else json.dumps(value)


def number_of(value: Any) -> float | None:
    """The number that a value of an event is or says, if any."""
    return None if isinstance(value, bool) else decimal_or_none(str(value))


def _text(pattern: str) -> Matches:
    """All plain terms and none of the excluded; of optional terms any, which count only where there are no others."""
    terms: dict[str, list[Matches]] = {"": [], "-": [], "?": []}
    for term in _TERM.finditer(pattern):
        terms[term["sign"]].append(_term(term))
    needed, excluded, optional = terms[""], terms["-"], terms["?"]
    if optional and not needed and not excluded:
        return lambda message: any(has(message) for has in optional)
    return lambda message: all(has(message) for has in needed) and not any(has(message) for has in excluded)


def _term(term: re.Match[str]) -> Matches:
    if term["expression"]:
        return _searching(term["expression"])
    word = term["word"]
    if word and not re.fullmatch(r"\w+", word):
        raise ValueError(f"Invalid character(s) in term '{word}'")
    phrase = word or term["quoted"]
    return lambda message: phrase in message


def _searching(expression: str) -> Matches:
    try:
        search = re.compile(expression, re.ASCII).search
    except re.error:
        raise ValueError(f"Invalid character(s) in term '%{expression}%'") from None
    return lambda message: search(message) is not None


class _Conditions:
    """Reads conditions with `&&`, `||` and parentheses; `&&` binds more closely."""

    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0

    def alternatives(self) -> Holds:
        return self._joined("||", any, lambda: self._joined("&&", all, self._one))

    def expect_end(self) -> None:
        if self._text[self._at :].strip():
            self._refuse()

    def _joined(self, sign: str, combine: Callable[[Iterator[bool]], bool], read: Callable[[], Holds]) -> Holds:
        parts = [read()]
        while self._take(sign):
            parts.append(read())
        return lambda event: combine(holds(event) for holds in parts)

    def _one(self) -> Holds:
        if self._take("("):
            holds = self.alternatives()
            if not self._take(")"):
                self._refuse()
            return holds
        condition = _CONDITION.match(self._text, self._at)
        if condition is None or not _is_comparable(condition):
            self._refuse()
        self._at = condition.end()
        return _holding(condition)

    def _take(self, sign: str) -> bool:
        rest = self._text[self._at :].lstrip()
        if rest.startswith(sign):
            self._at = len(self._text) - len(rest) + len(sign)
            return True
        return False

    def _refuse(self) -> Never:
        rest = self._text[self._at :].strip()
        raise ValueError(f"the local AWS reads no condition such as {rest!r} in a filter pattern")


def _is_comparable(condition: re.Match[str]) -> bool:
    """Whether numbers alone are compared by size."""
    return condition["comparator"] in (None, "=", "!=") or number_of(condition["value"]) is not None


def _holding(condition: re.Match[str]) -> Holds:
    path, comparator, operand = condition["path"], condition["comparator"], condition["value"]
    if condition["missing"]:
        return lambda event: event is not None and _found(event, path) is _MISSING
    if condition["literal"]:
        literal = _LITERALS[condition["literal"]]
        return lambda event: _found(event, path) is literal
    limit = number_of(operand)
    if limit is not None:
        compare = _COMPARATORS[comparator]
        return lambda event: (number := number_of(selected(event, path))) is not None and bool(compare(number, limit))
    if operand.startswith("%"):
        like: Matches = _searching(operand.strip("%"))
    else:
        glob = operand.strip('"').replace("[", "[[]").replace("?", "[?]")  # only `*` is a wildcard

        def like(text: str) -> bool:
            return fnmatch.fnmatchcase(text, glob)

    is_equal = comparator == "="
    return lambda event: (value := selected(event, path)) is not None and like(text_of(value)) == is_equal


def _found(event: Any, path: str) -> Any:
    for part in _PART.finditer(path):
        if part["name"] is not None and isinstance(event, Mapping) and part["name"] in event:
            event = event[part["name"]]
        elif part["index"] is not None and isinstance(event, list) and int(part["index"]) < len(event):
            event = event[int(part["index"])]
        else:
            return _MISSING
    return event
