"""The expressions of a pipeline's definition: `Get`, `Std:Join`, `Std:JsonGet`, and what they need to be resolved."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

GET, JOIN, JSON_GET = "Get", "Std:Join", "Std:JsonGet"
FUNCTIONS = (GET, JOIN, JSON_GET)
EXECUTION_VARIABLES = (
    "StartDateTime",
    "CurrentDateTime",
    "PipelineName",
    "PipelineArn",
    "PipelineExecutionId",
    "PipelineExecutionArn",
    "TrainingJobName",
    "ProcessingJobName",
)
PATH = re.compile(r"""\.?(?P<name>[^.\[\]'"]+)|\[(?P<number>[0-9]+)\]|\[(?P<quote>['"])(?P<key>.*?)(?P=quote)\]""")
"""One part of a path: a member, a list's index or a key in quotes."""
ITEM_NAMES = ("OutputName", "InputName", "Name", "MetricName", "ChannelName")
"""The members by which an item of a list is found, as in Outputs['train'] and FinalMetricDataList['val:acc']."""


class UnresolvedError(Exception):
    """An expression has no value in this execution; the message says which and why."""


def is_expression(value: Any) -> bool:
    """Whether a value of a definition stands for another one."""
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)) in FUNCTIONS


def is_plain(value: Any) -> bool:
    """Whether a value is a text, a number or a boolean."""
    return isinstance(value, str | int | float)


def path_parts(path: str) -> list[str | int]:
    """`a.b[0]['c']` as its parts; raises `ValueError` for what is no path."""
    parts: list[str | int] = []
    position = 0
    while position < len(path):
        match = PATH.match(path, position)
        if match is None:
            raise ValueError(f"'{path}' is no path")
        if match["number"] is not None:
            parts.append(int(match["number"]))
        else:
            parts.append(match["name"] if match["name"] is not None else match["key"])
        position = match.end()
    if not parts:
        raise ValueError("An empty text is no path")
    return parts


def expression_problems(value: Any) -> Iterator[str]:
    """What is malformed in the expressions of a value, wherever they are in it."""
    if isinstance(value, list):
        for part in value:
            yield from expression_problems(part)
    elif isinstance(value, dict) and not is_expression(value):
        for part in value.values():
            yield from expression_problems(part)
    elif isinstance(value, dict):
        name, argument = next(iter(value.items()))
        yield from {GET: _get_problems, JOIN: _join_problems, JSON_GET: _json_get_problems}[name](argument)


def _get_problems(path: Any) -> Iterator[str]:
    if not isinstance(path, str):
        yield f"{GET} needs a path, which {path!r} is not."
        return
    try:
        path_parts(path)
    except ValueError as error:
        yield f"{error}."


def _join_problems(function: Any) -> Iterator[str]:
    if not isinstance(function, dict):
        yield "Expecting start of Json Object."
    elif unknown := sorted(function.keys() - {"On", "Values"}):
        yield f"Unknown {JOIN} member '{unknown[0]}'."
    elif not isinstance(function.get("Values"), list):
        yield f"{JOIN} needs Values, a list."
    elif not isinstance(function.get("On", ""), str):
        yield f"On of {JOIN} must be a text."
    elif any(not is_plain(part) and not is_expression(part) for part in function["Values"]):
        yield f"Values of {JOIN} must be texts, numbers, booleans or expressions."
    else:
        yield from expression_problems(function["Values"])


def _json_get_problems(function: Any) -> Iterator[str]:
    if not isinstance(function, dict):
        yield "Expecting start of Json Object."
    elif unknown := sorted(function.keys() - {"PropertyFile", "S3Uri", "Path"}):
        yield f"Unknown {JSON_GET} member '{unknown[0]}'."
    elif ("PropertyFile" in function) == ("S3Uri" in function):
        yield f"{JSON_GET} needs exactly one of PropertyFile and S3Uri."
    elif any(not isinstance(part, str) and not is_expression(part) for part in (function.get("Path"), _file(function))):
        yield f"{JSON_GET} needs a Path and a file, each a text or an expression."
    else:
        yield from expression_problems(list(function.values()))
        if "PropertyFile" in function and not _is_file(function["PropertyFile"]):
            yield f"PropertyFile of {JSON_GET} must be the Get of Steps.<step>.PropertyFiles.<name>."


def _file(function: Mapping[str, Any]) -> Any:
    return function.get("PropertyFile", function.get("S3Uri"))


def _is_file(value: Any) -> bool:
    parts = path_parts(value[GET]) if is_expression(value) and GET in value else []
    return len(parts) == len(("Steps", "step", "PropertyFiles", "name")) and parts[::2] == ["Steps", "PropertyFiles"]


def references(value: Any) -> Iterator[str]:
    """The paths of every `Get` in a value."""
    if isinstance(value, dict):
        if GET in value and is_expression(value):
            yield str(value[GET])
        elif JSON_GET in value and is_expression(value):
            yield from _of_json_get(value[JSON_GET])
        else:
            for part in value.values():
                yield from references(part)
    elif isinstance(value, list):
        for part in value:
            yield from references(part)


def _of_json_get(function: Mapping[str, Any]) -> Iterator[str]:
    yield from references([function.get("PropertyFile"), function.get("S3Uri")])


def referenced_steps(value: Any) -> set[str]:
    """The names of the steps whose properties or files a value needs."""
    paths = (path_parts(path) for path in references(value))
    return {str(parts[1]) for parts in paths if parts[0] == "Steps"}


def descend(value: Any, parts: Sequence[str | int], path: str) -> Any:
    """The value at the parts of a path; a list's item is found by its number, or by its name as Describe has it."""
    for part in parts:
        if isinstance(value, list):
            value = _item(value, part, path)
        elif isinstance(value, dict) and str(part) in value:
            value = value[str(part)]
        else:
            raise UnresolvedError(f"{path} has no value: there is no '{part}'")
    return value


def _item(items: Sequence[Any], part: str | int, path: str) -> Any:
    if isinstance(part, int):
        if part < len(items):
            return items[part]
    else:
        for item in items:
            if isinstance(item, dict) and part in [item.get(name) for name in ITEM_NAMES]:
                return item
    raise UnresolvedError(f"{path} has no value: the list has no item {part!r}")


def resolve(value: Any, get: Callable[[str], Any], json_get: Callable[[Mapping[str, Any]], Any]) -> Any:
    """A value with each expression replaced; ``get`` finds a path's value, ``json_get`` reads a file."""
    if isinstance(value, list):
        return [resolve(part, get, json_get) for part in value]
    if not isinstance(value, dict):
        return value
    if not is_expression(value):
        return {key: resolve(part, get, json_get) for key, part in value.items()}
    name, argument = next(iter(value.items()))
    if name == GET:
        return get(argument)
    if name == JOIN:
        parts = resolve(argument["Values"], get, json_get)
        return str(argument.get("On", "")).join(as_text(part) for part in parts)
    return json_get(argument)


def as_text(value: Any) -> str:
    """A value inside a `Std:Join`, as JSON writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
