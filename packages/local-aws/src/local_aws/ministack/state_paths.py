"""Paths of JSONPath states: one that leads nowhere fails the execution, as on AWS; ministack gives null.

The names of the error are AWS's ("Handling errors in Step Functions workflows"); the words of the cause are not
confirmed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import stepfunctions as engine


def check_path(path: Any, document: Any, field: str) -> None:
    """Fail with States.Runtime if a field's path finds nothing in a document, or is none that can be read here."""
    if not isinstance(path, str) or not path.startswith("$") or path.startswith("$$"):
        return
    tokens = engine._parse_jsonpath_tokens(path)
    if tokens is None:
        raise engine._ExecutionError("States.Runtime", f"The local AWS can't read the path '{path}' of '{field}'.")
    for kind, step in tokens:
        if kind == "wildcard":
            return  # it may find nothing
        if not _has(document, kind, step):
            cause = f"The JSONPath '{path}' specified for the field '{field}' could not be found in the input."
            raise engine._ExecutionError("States.Runtime", cause)
        document = document[step]


def _has(document: Any, kind: str, step: Any) -> bool:
    if kind == "field":
        return isinstance(document, dict) and step in document
    return isinstance(document, list) and step < len(document)


def apply_input_path(inner: Callable[..., Any], state: Mapping[str, Any], document: Any, context: Any = None) -> Any:
    """A state whose InputPath finds nothing does not begin."""
    check_path(state.get("InputPath"), document, "InputPath")
    return inner(state, document, context)


def resolve_members(inner: Callable[..., Any], template: Any, document: Any, context: Any = None) -> Any:
    """A member of Parameters or ResultSelector whose path finds nothing fails, and is not null."""
    if isinstance(template, dict):
        for name, path in template.items():
            if name.endswith(".$"):
                check_path(path, document, name)
    return inner(template, document, context)
