"""Checks in the stack engine for all resource types with an AWS schema, including the emulator's own.

Properties are checked before the service sees them; a change of a create-only property, at any depth, replaces the
resource; a resource in use is not deleted. The engine's modules are arguments: only `ministack.hooks` imports them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local_aws.cloudformation.ec2 import DELETED_BY
from local_aws.cloudformation.resource_type import Properties
from local_aws.cloudformation.schema import check_properties, replaced, schemas

Handlers = dict[str, Callable[..., Any]]


def guard_engine(provisioners: Any, stacks: Any, ec2: Any, own_types: frozenset[str]) -> None:
    """Wrap the handlers of every type with a schema; ``own_types`` are the types that this server adds."""
    table = provisioners._RESOURCE_HANDLERS
    for name, (action, parameter) in DELETED_BY.items():
        table[name] = {**table[name], "delete": _deletion(ec2, name, action, parameter)}
    for name in schemas().keys() & table.keys():
        table[name] = _checked(name, table[name])
    _replace_by_schema(provisioners, stacks, own_types)
    inner = stacks._sends_back_failed_update
    # One of our types may have changed something before its update failed: the rollback restores it, as on AWS.
    stacks._sends_back_failed_update = lambda type_name: type_name in own_types or inner(type_name)


def _checked(type_name: str, inner: Handlers) -> Handlers:
    def create(logical_id: str, properties: Properties, *rest: Any) -> Any:
        check_properties(type_name, logical_id, properties)
        return inner["create"](logical_id, properties, *rest)

    def update(physical_id: str, old: Properties, new: Properties, *rest: Any) -> Any:
        # Handlers that accept the logical id get it last.
        check_properties(type_name, str(rest[1] if len(rest) > 1 and rest[1] else physical_id), new)
        return inner["update"](physical_id, old, new, *rest)

    return {**inner, "create": create, **({"update": update} if "update" in inner else {})}


def _deletion(ec2: Any, type_name: str, action: str, parameter: str) -> Callable[[str, Properties], None]:
    def delete(physical_id: str, _properties: Properties) -> None:
        status, _headers, body = ec2._ACTION_MAP[action]({parameter: [physical_id]})
        if status >= 400 and b"NotFound" not in body:
            message = body.decode().partition("<Message>")[2].partition("</Message>")[0]
            raise RuntimeError(f'Resource handler returned message: "{message}" ({type_name}, Status Code: {status})')
        ec2._tags.pop(physical_id, None)

    return delete


def _replace_by_schema(provisioners: Any, stacks: Any, own_types: frozenset[str]) -> None:
    inner = provisioners._replacing_change

    def replacing(type_name: str, old: Properties, new: Properties) -> bool:
        if type_name in own_types and type_name in schemas():
            return replaced(type_name, old, new)
        return bool(inner(type_name, old, new))

    provisioners._replacing_change = stacks._replacing_change = replacing
