"""Whether the answer to a variant is the one that AWS gives."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import permutations

from tests.conformance.constraints import Problem
from tests.conformance.variants import Variant
from tests.fuzz.answers import problems as faults
from tests.fuzz.requests import Request

CONSTRAINED = {"sagemaker-runtime": "ValidationError"}
"""The code of a broken constraint, where it is not ValidationException."""
WRONG_TYPE = "SerializationException"
ACCEPTED_TYPE = re.compile(r"[A-Z]+_VALUE can not be converted to an? \w+ \(\w+\)")


def differences(variant: Variant, request: Request, status: int, body: bytes) -> Iterator[str]:
    """What is not as AWS has it, in words."""
    yield from faults(request, status, body)
    try:
        content = json.loads(body)
    except ValueError:
        return
    code, message = str(content.get("__type")), str(content.get("message"))
    if variant.wrong_type:
        if (status, code) != (400, WRONG_TYPE) or not ACCEPTED_TYPE.fullmatch(message):
            yield f"HTTP {status} {code}, {message!r:.300}, for a value of the wrong type"
    elif variant.problems:
        constrained = CONSTRAINED.get(request.service.service_name, "ValidationException")
        if (status, code) != (400, constrained) or not words_of(variant.problems).fullmatch(message):
            expected = "; ".join(map(_shown, variant.problems))
            yield f"HTTP {status} {code}, {message!r:.600}, where AWS says: {expected:.600}"
    elif code == WRONG_TYPE or "validation error" in message:
        yield f"refused: HTTP {status} {code}, {message!r:.400}"


def words_of(broken: tuple[Problem, ...]) -> re.Pattern[str]:
    """AWS's message; the order of several problems is not documented."""
    count = f"{len(broken)} validation error{'s' if len(broken) > 1 else ''} detected: "
    orders = ("; ".join(map(_pattern, order)) for order in permutations(broken))
    return re.compile(re.escape(count) + f"({'|'.join(orders)})", re.DOTALL)


def _pattern(problem: Problem) -> str:
    value = ".* " if problem.value is None else re.escape(problem.value and f"{problem.value} ")
    return f"Value {value}" + re.escape(f"at '{problem.path}' failed to satisfy constraint: {problem.constraint}")


def _shown(problem: Problem) -> str:
    return f"Value {problem.value} at '{problem.path}' failed to satisfy constraint: {problem.constraint}"
