"""Java's regular expressions, which AWS's models and schemas have, as Python's.

Compile them with `re.ASCII`: Java's `\\w`, `\\d` and `\\s` are those of ASCII.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import lru_cache

_JAVA_CLASSES = {
    r"\p{Alnum}": r"a-zA-Z0-9",
    r"\p{ASCII}": r"\x00-\x7f",
    r"\p{Print}": r"\x20-\x7e",
}
"""Java's property classes, which Python's `re` lacks, as the inside of a character class."""
_JAVA_SURROGATES = r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010ffff"
"""A range from pair to pair, which Java reads as one from character to character."""
_REPEATED_END = re.compile(r"\$\{\d+,\d+\}")
"""A repeated end of the pattern, which Java accepts and Python refuses."""
_HYPHEN = re.compile(r"(\\[wdsWDS])-(?!\])")
"""A hyphen after a class such as `\\w`, which Java reads as itself and Python as a range."""
_CATEGORY = re.compile(r"\\p\{([LMNZPS])\}")
"""A general category of Unicode, such as letters."""
_JAVA_TOKEN = re.compile(r"\\p\{\w+\}|\\.|\[|\]", re.DOTALL)


@lru_cache
def _category(letter: str) -> str:
    """All characters of a general category, as the inside of a character class."""
    inside = (unicodedata.category(chr(code))[0] == letter for code in range(sys.maxunicode + 1))
    ranges, start = [], None
    for code, belongs in enumerate((*inside, False)):
        if belongs and start is None:
            start = code
        elif not belongs and start is not None:
            ranges.append(f"\\U{start:08x}-\\U{code - 1:08x}")
            start = None
    return "".join(ranges)


def _property(name: str) -> str | None:
    """The inside of a character class for `\\p{...}`, or None for another token."""
    category = _CATEGORY.fullmatch(name)
    return _category(category[1]) if category else _JAVA_CLASSES.get(name)


def in_python(pattern: str) -> str:
    """Convert a pattern; a property class gets brackets unless it is inside some."""
    inside = False

    def token(match: re.Match[str]) -> str:
        nonlocal inside
        text = match.group()
        if text in "[]":
            inside = text == "["
        if (members := _property(text)) is not None:
            return members if inside else f"[{members}]"
        return r"\Z" if text == r"\z" else text

    plain = _REPEATED_END.sub("$", pattern.replace(*_JAVA_SURROGATES))
    return _JAVA_TOKEN.sub(token, _HYPHEN.sub(r"\1\-", plain))
