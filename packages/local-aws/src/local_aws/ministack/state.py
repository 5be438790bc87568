"""ministack's services between runs: each one's `get_state`, written row by row when it has changed.

ministack itself writes a file per service when it ends, which a killed server never does. Its modules still decide
what is worth keeping: they leave out what can't outlive a process, and end what was running.
"""

from __future__ import annotations

import ast
import copy
import json
import logging
import re
import sys
import threading
from collections.abc import Iterator, Mapping
from functools import partial
from types import ModuleType
from typing import Any

import ministack.app as gateway
from ministack.core import persistence
from ministack.core.responses import AccountRegionScopedDict, AccountScopedDict

from local_aws.files.keeper import Row, Source
from local_aws.files.state_file import StateFile
from local_aws.ministack.log_rows import REBUILT, is_log_row, log_groups, log_rows, rebuild_records
from local_aws.ministack.metric_rows import is_metric_row, metric_rows, metrics_of
from local_aws.ministack.restart import count_from_now, end_stacks

log = logging.getLogger("local_aws.state")

PREFIX = "ministack/"
"""The prefix of the rooms, before ministack's key of the state."""
LOGS, LAMBDA, METRICS = "cloudwatch_logs", "lambda", "cloudwatch"
COPIED_ONLY = ("cloudformation", METRICS, LOGS, "stepfunctions", "iam", "eventbridge")
"""Services with large stores, whose `get_state` only copies them: they are read without the copies."""
MOST_ARCHIVES = 200
"""The most archives of functions' code whose hashes are remembered."""
SCOPED: dict[str, type[Any]] = {"account": AccountScopedDict, "region": AccountRegionScopedDict}
IN_THREADS = {"cloudformation": ("_stacks", "StackStatus"), "stepfunctions": ("_executions", "status")}
"""Services that work in threads, which call others without a request: their store, and its status."""


def sources() -> dict[str, Source]:
    """A source for every service that has been used in this run; those that tell of others' changes come last."""
    keys = [*(key for key in gateway._state_map if key not in IN_THREADS), *IN_THREADS]
    modules = {
        key: sys.modules.get(f"ministack.services.{name}")
        for key, name in ((key, gateway._state_map[key]) for key in keys)
    }
    return {
        PREFIX + key: partial(_rows_of, key, module)
        for key, module in modules.items()
        if module is not None and hasattr(module, "get_state")
    }


def restore(file: StateFile) -> None:
    """Give every service the state that it had in the last run; schedules go on without catching up."""
    for room in file.rooms():
        key = room.removeprefix(PREFIX)
        if room.startswith(PREFIX) and key in gateway._state_map:
            _restore(key, file.rows(room))
    end_stacks()
    count_from_now()


def _rows_of(key: str, module: ModuleType) -> dict[str, Row]:
    if key == LAMBDA:
        _keep_archives(module)
    state = dict((_uncopied(module) if key in COPIED_ONLY else module.get_state()) or {})
    rows: dict[str, Row] = {}
    if key == LOGS:
        rows.update(log_rows(state.pop("log_groups"), _text))
        del state[REBUILT]
    if key == METRICS:
        rows.update(metric_rows(state.pop("metrics"), _text))
    for name, value in state.items():
        rows.update(_rows(name, value))
    return rows


def _rows(name: str, value: Any) -> Iterator[tuple[str, Row]]:
    for kind, scoped in SCOPED.items():
        if type(value) is scoped:
            for scoped_key, item in list(value._data.items()):
                yield repr((name, kind, scoped_key)), Row.of(_text(item))
            return
    yield repr((name, "", None)), Row.of(_text(value))


def _restore(key: str, rows: Mapping[str, str]) -> None:
    values = {row: json.loads(text, object_hook=persistence._json_object_hook) for row, text in rows.items()}
    state: dict[str, Any] = {}
    if key == LOGS:
        state["log_groups"] = log_groups({row: value for row, value in values.items() if is_log_row(row)})
        values = {row: value for row, value in values.items() if not is_log_row(row)}
    if key == METRICS:
        state["metrics"] = metrics_of({row: value for row, value in values.items() if is_metric_row(row)})
        values = {row: value for row, value in values.items() if not is_metric_row(row)}
    for row, value in values.items():
        name, kind, scoped_key = ast.literal_eval(row)
        if kind:
            state.setdefault(name, SCOPED[kind]())._data[scoped_key] = value
        else:
            state[name] = value
    module = gateway._get_module(gateway._state_map[key])
    module.load_persisted_state(state)
    if key == LOGS:
        rebuild_records(module)
    if key == LAMBDA:
        module._prune_orphan_code_blobs(set(re.findall(r'"code_blob_ref": "(\w+)"', "".join(rows.values()))))


def _text(value: Any) -> str:
    return json.dumps(value, default=persistence._json_default)


_sharing = threading.local()


class _Copying:
    """Stands for the module `copy` in a service."""

    def __getattr__(self, name: str) -> Any:
        return getattr(copy, name)

    @staticmethod
    def deepcopy(value: Any, memo: Any = None) -> Any:
        return value if getattr(_sharing, "on", False) else copy.deepcopy(value, memo)


def _uncopied(module: ModuleType) -> Any:
    """A service's state that is not a copy: only to be read, and at once."""
    if not isinstance(module.copy, _Copying):
        module.copy = _Copying()  # type: ignore[attr-defined]
    _sharing.on = True
    try:
        return module.get_state()
    finally:
        _sharing.on = False


def _keep_archives(functions: Any) -> None:
    """Hash a function's archive once, not at every look; and remove none that the file may still name."""
    if hasattr(functions._write_code_blob, "hashed"):
        return
    inner = functions._write_code_blob
    hashed: dict[int, tuple[bytes, str]] = {}

    def write(archive: bytes) -> str:
        if id(archive) not in hashed:
            if len(hashed) > MOST_ARCHIVES:
                hashed.clear()
            hashed[id(archive)] = (
                archive,
                str(inner(archive)),
            )  # with the archive, whose id is its own while it is there
        return hashed[id(archive)][1]

    write.hashed = hashed  # type: ignore[attr-defined]
    functions._write_code_blob = write
    functions._prune_orphan_code_blobs = lambda _referenced: None
