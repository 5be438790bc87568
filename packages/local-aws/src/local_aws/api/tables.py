"""The state of services that keep it in dictionaries, as rows of a state file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol

from local_aws.api.service import Scope

Table = dict[Any, Any]
"""Plain values, by scope or by a tuple of scope and names."""


class Tabled(Protocol):
    """A service whose state outlives the server."""

    def tables(self) -> dict[str, Table]:
        """Its state, by the names of its tables; only to be read."""

    def restore(self, tables: Mapping[str, Table]) -> None:
        """Take the state of the last run, before the first request."""


def rows_of(tables: Mapping[str, Table]) -> dict[str, str]:
    """The tables as rows. Raises RuntimeError if one is changed meanwhile."""
    return {
        json.dumps([name, *_parts(key)]): json.dumps(value)
        for name, table in tables.items()
        for key, value in table.items()
    }


def tables_of(rows: Mapping[str, str]) -> dict[str, Table]:
    """The tables of rows."""
    tables: dict[str, Table] = {}
    for row, text in rows.items():
        name, account, region, *names = json.loads(row)
        scope = Scope(account, region)
        tables.setdefault(name, {})[(scope, *names) if names else scope] = json.loads(text)
    return tables


def _parts(key: Any) -> list[str]:
    scope, *names = key if isinstance(key, tuple) else (key,)
    return [scope.account, scope.region, *names]
