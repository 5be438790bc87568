"""Strings that must be one of many known values, which are read only when a value is checked or a schema is made."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema
from pydantic_core.core_schema import no_info_after_validator_function


class OneOf:
    """Annotates a string that must be one of the values that `known` returns.

    `complaint` makes the message about a wrong value from the value and the known ones.
    """

    def __init__(self, known: Callable[[], Collection[str]], complaint: Callable[[str, Collection[str]], str]) -> None:
        self._known, self._complaint = known, complaint

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The schema by which pydantic validates the value."""
        return no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """The JSON Schema that editors complete from."""
        return {**handler(schema), "enum": sorted(self._known())}

    def _check(self, value: str) -> str:
        known = self._known()
        if value not in known:
            raise ValueError(self._complaint(value, known))
        return value
