"""The stack engine: our resource types, and for ministack's own what it ignores, and the checks that it lacks.

Properties are checked before the service sees them; a change of a create-only property, at any depth, replaces the
resource; a resource in use is not deleted. Loaded on first use, because the engine takes more than a second to load.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from ministack.services import ec2
from ministack.services.cloudformation import changesets, engine, handlers, provisioners, stacks

from local_aws.api.service import Scope
from local_aws.cloudformation.completions import COMPLETIONS, complete
from local_aws.cloudformation.conditions import simplifying
from local_aws.cloudformation.ec2 import DELETED_BY
from local_aws.cloudformation.regions import in_region
from local_aws.cloudformation.resource_type import Created, Properties, ResourceType
from local_aws.cloudformation.schema import check_properties, replaced, schemas
from local_aws.cloudformation.template_text import checking
from local_aws.iam.enforcement import Enforcement
from local_aws.iam.log_groups import check_log_group
from local_aws.iam.schedules import check_schedule
from local_aws.iam.step_functions import check_machine
from local_aws.ministack.drift import extend_drift
from local_aws.ministack.ec2 import extend_ec2
from local_aws.ministack.exports import extend_exports
from local_aws.ministack.imports import Describe, extend_imports
from local_aws.ministack.refusals import delete_empty_bucket, marking_reserved_tags, refuse, refuse_existing
from local_aws.ministack.scope import current_scope
from local_aws.ministack.templates import refusing_templates

Handlers = dict[str, Callable[..., Any]]
Client = Callable[[str, Scope], Any]
"""A boto3 client of a service that acts for the account."""
BUCKET, REPOSITORY = "AWS::S3::Bucket", "AWS::ECR::Repository"
MACHINE, LOG_GROUP = "AWS::StepFunctions::StateMachine", "AWS::Logs::LogGroup"
SCHEDULE = "AWS::Scheduler::Schedule"


def extend_engine(
    types: Sequence[ResourceType], client: Client, describe: Describe, enforcement: Enforcement | None
) -> None:
    """Add our types, completions and checks, with ``enforcement`` also of roles and keys. Once per process."""
    engine._parse_template = checking(engine._parse_template)
    changesets._parse_template = handlers._parse_template = engine._parse_template
    handlers._capabilities_enforced = lambda: True  # ministack asks for them in its mode AUTH only
    for module in (changesets, handlers, stacks):
        if hasattr(module, "_evaluate_conditions"):
            module._evaluate_conditions = simplifying(module._evaluate_conditions, current_scope)
        if hasattr(module, "validate_template_support"):
            module.validate_template_support = refusing_templates(
                in_region(module.validate_template_support, current_scope)
            )
    table = provisioners._RESOURCE_HANDLERS
    for kind in types:
        _add(kind)
    for name in COMPLETIONS:
        table[name] = _completed(client, name, table[name])
    if enforcement:
        table[MACHINE] = _checked(table[MACHINE], lambda _, new: check_machine(enforcement, current_scope(), new))
        table[LOG_GROUP] = _checked(table[LOG_GROUP], lambda _, new: check_log_group(enforcement, current_scope(), new))
        table[SCHEDULE] = _checked(table[SCHEDULE], lambda _, new: check_schedule(enforcement, current_scope(), new))
    extend_ec2()
    extend_drift()
    extend_exports()
    extend_imports(describe)
    for name, (action, parameter) in DELETED_BY.items():
        table[name] = {**table[name], "delete": _deletion(name, action, parameter)}
    for name in list(table):
        table[name] = _checked(table[name], _refusal(name))
    table[REPOSITORY] = _refusing_existing(table[REPOSITORY])
    table[BUCKET] = {**table[BUCKET], "delete": delete_empty_bucket(table[BUCKET]["delete"])}
    for name in schemas().keys() & table.keys():
        table[name] = _checked(table[name], partial(check_properties, name))
    provisioners._STACK_TAG_PROPERTY["AWS::S3::Bucket"] = ("Tags", "list")
    provisioners._with_stack_tags = stacks._with_stack_tags = marking_reserved_tags(provisioners._with_stack_tags)
    _change_decisions(frozenset(kind.name for kind in types))


def _add(kind: ResourceType) -> None:
    provisioners._RESOURCE_HANDLERS[kind.name] = _handlers(kind)
    provisioners._REPLACING_PROPERTIES[kind.name] = kind.create_only
    provisioners._CUSTOM_NAME_REPLACEMENT[kind.name] = {"name": kind.name_property}
    if kind.tags:
        provisioners._STACK_TAG_PROPERTY[kind.name] = kind.tags


def _handlers(kind: ResourceType) -> Handlers:
    def create(logical_id: str, properties: Properties, stack: str) -> Created:
        name = provisioners._physical_name(stack, logical_id, max_len=kind.name_length)
        return kind.create(current_scope(), name, properties)

    def update(physical_id: str, old: Properties, new: Properties, _stack: str) -> Created:
        return kind.update(current_scope(), physical_id, old, new)

    def delete(physical_id: str, properties: Properties) -> None:
        kind.delete(current_scope(), physical_id, properties)

    return {"create": create, "update": update, "delete": delete}


def _completed(client: Client, type_name: str, inner: Handlers) -> Handlers:
    """Wrap a type of ministack's own to apply the properties that it ignores afterwards."""

    def finish(physical_id: str, old: Properties, new: Properties) -> None:
        scope = current_scope()
        complete(type_name, lambda service: client(service, scope), physical_id, old, new)

    def create(logical_id: str, properties: Properties, stack: str) -> Created:
        made: Created = inner["create"](logical_id, properties, stack)
        try:
            finish(made[0], {}, properties)
        except Exception:
            inner["delete"](made[0], properties)  # a stack forgets a resource whose creation failed
            raise
        return made

    def update(physical_id: str, old: Properties, new: Properties, *rest: Any) -> Created:
        made: Created = inner["update"](physical_id, old, new, *rest)
        finish(made[0], old if made[0] == physical_id else {}, new)
        return made

    return {**inner, "create": create, "update": update}


def _checked(inner: Handlers, check: Callable[[str, Properties], None]) -> Handlers:
    """Wrap a type to call ``check`` first, with an identifier for its messages and the new properties."""

    def create(logical_id: str, properties: Properties, *rest: Any) -> Any:
        check(logical_id, properties)
        return inner["create"](logical_id, properties, *rest)

    def update(physical_id: str, old: Properties, new: Properties, *rest: Any) -> Any:
        # Handlers that accept the logical id get it last.
        check(str(rest[1] if len(rest) > 1 and rest[1] else physical_id), new)
        return inner["update"](physical_id, old, new, *rest)

    return {**inner, "create": create, **({"update": update} if "update" in inner else {})}


def _refusal(name: str) -> Callable[[str, Properties], None]:
    return lambda _logical_id, properties: refuse(name, properties)


def _refusing_existing(inner: Handlers) -> Handlers:
    def create(logical_id: str, properties: Properties, *rest: Any) -> Any:
        refuse_existing(REPOSITORY, properties)
        return inner["create"](logical_id, properties, *rest)

    return {**inner, "create": create}


def _deletion(type_name: str, action: str, parameter: str) -> Callable[[str, Properties], None]:
    def delete(physical_id: str, _properties: Properties) -> None:
        status, _headers, body = ec2._ACTION_MAP[action]({parameter: [physical_id]})
        if status >= 400 and b"NotFound" not in body:
            message = body.decode().partition("<Message>")[2].partition("</Message>")[0]
            raise RuntimeError(f'Resource handler returned message: "{message}" ({type_name}, Status Code: {status})')
        ec2._tags.pop(physical_id, None)

    return delete


def _change_decisions(ours: frozenset[str]) -> None:
    """What the engine asks of a type: whether a change replaces, a failed update rolls back, and handlers may block."""
    replacing, rolls_back = stacks._replacing_change, stacks._sends_back_failed_update
    blocking = stacks._runs_on_worker_thread
    waiting = ours | COMPLETIONS.keys()

    def replaces(type_name: str, old: Properties, new: Properties) -> bool:
        if type_name in ours and type_name in schemas():
            return replaced(type_name, old, new)
        return bool(replacing(type_name, old, new))

    provisioners._replacing_change = stacks._replacing_change = replaces
    # One of our types may have changed something before its update failed: the rollback restores it, as on AWS.
    stacks._sends_back_failed_update = lambda type_name: type_name in ours or rolls_back(type_name)
    stacks._runs_on_worker_thread = lambda type_name: type_name in waiting or blocking(type_name)
