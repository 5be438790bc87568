"""Hyperparameters of AWS's algorithms: texts, checked by a schema, with the words of AWS's own check.

Source of the words: AWS's open-source Vowpal Wabbit container has the same check, and users' reports have its output.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local_aws.runtimes.inside.algorithms.errors import CustomerError

WHOLE_NUMBER = r"^[-+]?[0-9]+$"
NUMBER = r"^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?$"
TRUTH = {"true": True, "false": False}
HIDDEN = (
    *("_tuning_objective_metric", "_log_level", "_kvstore", "_num_gpus", "_num_kv_servers", "_num_slices"),
    *("_disable_wait_to_read", "_enable_profiler", "force_dense"),
)
"""Names that SageMaker itself or its SDK sets; they are in the logs of AWS's algorithms, and change no result."""
AUTO = "auto"


@dataclass(frozen=True, kw_only=True)
class Hyperparameter:
    """One hyperparameter's default (None: required) and check."""

    default: str | None
    convert: Callable[[str], Any]
    """Raises `ValueError` for a text that is not accepted."""
    expected: str
    """The end of the message about such a text."""


Schema = Mapping[str, Hyperparameter]


def whole(default: str | None, low: int = 1, high: int | None = None, *, auto: bool = False) -> Hyperparameter:
    """A whole number from ``low`` to ``high``, or `AUTO`."""
    return _number(default, int, WHOLE_NUMBER, ("an integer", low, high), auto=auto, excluded=())


def real(
    default: str | None,
    low: float | None = None,
    high: float | None = None,
    *,
    auto: bool = False,
    excluded: tuple[float, ...] = (),
) -> Hyperparameter:
    """A number from ``low`` to ``high`` but for those ``excluded``, or `AUTO`."""
    return _number(default, float, NUMBER, ("a number", low, high), auto=auto, excluded=excluded)


def choice(default: str | None, *names: str) -> Hyperparameter:
    """One of the names."""

    def convert(text: str) -> str:
        if text not in names:
            raise ValueError(text)
        return text

    accepted = ", ".join(f"'{name}'" for name in names)
    return Hyperparameter(default=default, convert=convert, expected=f"which accepts one of the following: {accepted}")


def truth(default: str, *, auto: bool = False) -> Hyperparameter:
    """``true`` or ``false``, also as Python writes them, or `AUTO`."""
    accepted = (*TRUTH, *((AUTO,) if auto else ()))

    def convert(text: str) -> bool | str:
        if text.lower() not in accepted:
            raise ValueError(text)
        return TRUTH.get(text.lower(), AUTO)

    names = ", ".join(f"'{name}'" for name in accepted)
    return Hyperparameter(default=default, convert=convert, expected=f"which accepts one of the following: {names}")


def read(schema: Schema, texts: Mapping[str, str]) -> dict[str, Any]:
    """The values of all hyperparameters, with defaults. Raises `CustomerError` for the first mistake."""
    unknown = [name for name in sorted(texts) if name not in schema and name not in HIDDEN]
    if unknown:
        names, verb = ", ".join(f"'{name}'" for name in unknown), "was" if len(unknown) == 1 else "were"
        raise _invalid(f"Additional hyperparameters are not allowed ({names} {verb} unexpected)")
    missing = [name for name, parameter in schema.items() if parameter.default is None and name not in texts]
    if missing:
        names = ", ".join(f"'{name}'" for name in missing)
        raise _invalid(f"No value(s) were specified for {names} which are required hyperparameter(s)")
    return {name: _value(name, parameter, texts.get(name)) for name, parameter in schema.items()}


def _value(name: str, parameter: Hyperparameter, text: str | None) -> Any:
    chosen = (parameter.default if text is None else text) or ""
    try:
        return parameter.convert(chosen)
    except CustomerError:
        raise
    except ValueError as error:
        message = f"The value '{chosen}' is not valid for the '{name}' hyperparameter {parameter.expected}"
        raise _invalid(message) from error


def _number(
    default: str | None,
    kind: type[int] | type[float],
    pattern: str,
    described: tuple[str, float | None, float | None],
    *,
    auto: bool,
    excluded: tuple[float, ...],
) -> Hyperparameter:
    noun, low, high = described

    def convert(text: str) -> float | str:
        if auto and text == AUTO:
            return AUTO
        if not re.fullmatch(pattern, text):
            raise ValueError(text)
        number = kind(text)
        if (low is not None and number < low) or (high is not None and number > high) or number in excluded:
            raise ValueError(text)
        return number

    written = f"^{AUTO}$|{pattern}" if auto else pattern
    expected = f"which expects one of the following: a string which matches the pattern '{written}'"
    return Hyperparameter(default=default, convert=convert, expected=f"{expected}; or {noun}{_bounds(low, high)}")


def _bounds(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f" between {low} and {high}"
    return f" greater than {low}" if low is not None else f" less than {high}" if high is not None else ""


def _invalid(message: str) -> CustomerError:
    return CustomerError(f"{message} (caused by ValidationError)")
