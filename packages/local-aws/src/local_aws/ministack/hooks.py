"""The embedding of ministack, the emulator; only the other `ministack_*.py` import it too.

Its hooks are private, so its version is pinned.

`tests/local_aws/test_ministack_hooks.py` fails, naming the hook, if a new version has changed one of them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import ministack.app as gateway
from ministack.core import iam_evaluator, lambda_runtime, router
from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import eventbridge, s3, stepfunctions

from local_aws.administration import with_administration
from local_aws.api.errors import Response
from local_aws.api.service import Scope
from local_aws.clients import Credentials
from local_aws.cloudformation.completions import COMPLETIONS, complete
from local_aws.cloudformation.conditions import simplifying
from local_aws.cloudformation.guards import guard_engine
from local_aws.cloudformation.patience import patient
from local_aws.cloudformation.resource_type import Created, Properties, ResourceType
from local_aws.cloudformation.template_text import checking
from local_aws.cloudformation.types import resource_types
from local_aws.ec2.actions import install
from local_aws.ecr import tokens
from local_aws.ecr.actions import install as change_ecr
from local_aws.ecr.layers import Layers
from local_aws.front.browsers import Application, refusing_browsers
from local_aws.front.large_bodies import in_pieces
from local_aws.front.post_only import refusing_other_methods
from local_aws.front.signatures import requiring_signatures
from local_aws.iam.service_needs import caller
from local_aws.json_apis import JSON_APIS
from local_aws.ministack.gateway import prepare_handlers
from local_aws.ministack.large_objects import spare_the_loop
from local_aws.ministack.log_delivery import Datum, count_log_events, deliver_to_log_groups, put_datum
from local_aws.ministack.signatures import MinistackVerifier
from local_aws.settings import HOST
from local_aws.step_functions.services import extend_step_functions

if TYPE_CHECKING:
    from local_aws.backend import Backend

log = logging.getLogger("local_aws")

Handler = Callable[..., Awaitable[Response]]
Handlers = dict[str, Callable[..., Any]]


def application(backend: Backend) -> Application:
    """Ministack's ASGI application with our services mounted. Call it on the event loop that will serve."""
    global _loop
    _loop = asyncio.get_running_loop()

    async def sagemaker(method: str, path: str, headers: dict[str, str], body: bytes, _query: Any) -> Response:
        if target := headers.get("x-amz-target"):
            return backend.sagemaker.respond(current_scope(), target, body)
        return await backend.runtime_api.respond(current_scope(), method, path, headers, body)

    gateway.SERVICE_HANDLERS["sagemaker"] = sagemaker
    gateway.SERVICE_HANDLERS["cloudformation"] = _with_our_types(backend, gateway.SERVICE_HANDLERS["cloudformation"])
    router.SERVICE_PATTERNS["sagemaker"] = {"target_prefixes": ["SageMaker."], "host_patterns": [r"sagemaker\."]}
    for name, api in JSON_APIS.items():
        gateway.SERVICE_HANDLERS[name] = _json_api(backend, name)
        router.SERVICE_PATTERNS[name] = {"target_prefixes": [api.target], "host_patterns": [rf"{name}\."]}
    gateway.SERVICE_HANDLERS["emr-serverless"] = _emr_serverless(backend)
    router.SERVICE_PATTERNS["emr-serverless"] = {"host_patterns": [r"emr-serverless\."]}
    gateway.SERVICE_HANDLERS["ec2"] = _with_our_actions(gateway.SERVICE_HANDLERS["ec2"])
    gateway.SERVICE_HANDLERS["logs"] = _with_metric_filters(backend, gateway.SERVICE_HANDLERS["logs"])
    deliver_to_log_groups(eventbridge, iam_evaluator, lambda: _extend_logs(backend), current_scope)
    if backend.settings.iam:
        _enforce_iam(backend)
    extend_step_functions(
        stepfunctions,
        backend.sagemaker,
        lambda: backend.json_api("elasticmapreduce"),
        lambda: backend.emr_serverless.service,
        current_scope,
    )
    services = with_administration(backend.settings, backend.training_jobs, refusing_other_methods(gateway.app))
    services = _registry(backend).application(services)
    if backend.settings.iam:
        services = _enforce_on_callers(backend, services)
    prepare_handlers(("ecr", "emr-serverless", "sagemaker", *JSON_APIS), backend.settings.secret)
    s3._resolve_sse_write_headers = _with_managed_key(s3._resolve_sse_write_headers)
    s3._reject_response_overrides_if_unsigned = lambda *_: None  # every request is signed
    spare_the_loop(s3)
    services = requiring_signatures(
        MinistackVerifier(backend.settings.secret, backend.settings.account), in_pieces(services)
    )
    return refusing_browsers(services)


def _registry(backend: Backend) -> Layers:
    """Wrap ECR's registry: this server's own address, and layers on disk."""
    from ministack.services import ecr

    def exists(repository: str) -> bool:
        return any(key[-1] == repository for key, _ in ecr._repositories.all_items())

    layers = Layers(backend.settings.state / "registry", exists)
    secret, account = backend.settings.secret, backend.settings.account
    change_ecr(ecr, f"{HOST}:{backend.settings.port}", layers, lambda: tokens.issue(secret, caller.get() or account))
    return layers


def _json_api(backend: Backend, name: str) -> Handler:
    async def answer(_method: str, _path: str, headers: dict[str, str], body: bytes, _query: Any) -> Response:
        return backend.json_api(name).respond(current_scope(), headers.get("x-amz-target", ""), body)

    return answer


def _emr_serverless(backend: Backend) -> Handler:
    async def answer(method: str, path: str, _headers: dict[str, str], body: bytes, query: dict[str, Any]) -> Response:
        return backend.emr_serverless.respond(current_scope(), method, path, query, body)

    return answer


def _with_our_actions(inner: Handler) -> Handler:
    """Wrap EC2 to add our operations to its table, from the first call on."""

    async def ec2(*request: Any) -> Response:
        _extend_ec2()
        return await inner(*request)

    return ec2


def _extend_ec2() -> Any:
    from ministack.services import ec2

    install(ec2, current_scope)
    return ec2


def _with_metric_filters(backend: Backend, inner: Handler) -> Handler:
    """Wrap CloudWatch Logs so that its metric filters count, from the first call on."""

    async def logs(*request: Any) -> Response:
        _extend_logs(backend)
        return await inner(*request)

    return logs


def _extend_logs(backend: Backend) -> Any:
    from ministack.services import cloudwatch_logs

    if cloudwatch_logs._put_log_events.__module__ == cloudwatch_logs.__name__:
        count_log_events(cloudwatch_logs, lambda *datum: _publish(backend, *datum))
    return cloudwatch_logs


def _publish(backend: Backend, namespace: str, datum: Datum) -> None:
    """Publish later, in a separate request, because this runs on the server's event loop."""
    scope = current_scope()
    backend.metrics.submit(lambda: put_datum(backend.context.client("cloudwatch", scope, None), namespace, datum))


def _with_our_types(backend: Backend, inner: Handler) -> Handler:
    """Wrap CloudFormation to add our types, from the first call on (importing it takes more than a second)."""
    known = False

    async def cloudformation(*request: Any) -> Response:
        nonlocal known
        if not known:
            from ministack.services.cloudformation import changesets, engine, handlers, provisioners, stacks

            engine._parse_template = checking(engine._parse_template)
            changesets._parse_template = handlers._parse_template = engine._parse_template
            for module in (changesets, handlers, stacks):
                if hasattr(module, "_evaluate_conditions"):
                    module._evaluate_conditions = simplifying(module._evaluate_conditions, current_scope)
            _extend_engine(backend, provisioners, stacks)
            _extend_logs(backend)  # a template creates metric filters without calling CloudWatch Logs
            known = True
        return await patient(inner, request)

    return cloudformation


def _extend_engine(backend: Backend, provisioners: Any, stacks: Any) -> None:
    types = resource_types(backend.context.client)
    for kind in types:
        provisioners._RESOURCE_HANDLERS[kind.name] = _handlers(provisioners, kind)
        provisioners._REPLACING_PROPERTIES[kind.name] = kind.create_only
        provisioners._CUSTOM_NAME_REPLACEMENT[kind.name] = {"name": kind.name_property}
        if kind.tags:
            provisioners._STACK_TAG_PROPERTY[kind.name] = kind.tags
    for name in COMPLETIONS:
        provisioners._RESOURCE_HANDLERS[name] = _completed(backend, name, provisioners._RESOURCE_HANDLERS[name])
    if backend.settings.iam:
        from local_aws.ministack.iam import enforce_on_types

        enforce_on_types(backend, provisioners._RESOURCE_HANDLERS)
    guard_engine(provisioners, stacks, _extend_ec2(), frozenset(kind.name for kind in types))
    provisioners._STACK_TAG_PROPERTY["AWS::S3::Bucket"] = ("Tags", "list")
    waiting = {kind.name for kind in types} | COMPLETIONS.keys()
    blocking = stacks._runs_on_worker_thread
    stacks._runs_on_worker_thread = lambda type_name: type_name in waiting or blocking(type_name)


def _handlers(provisioners: Any, kind: ResourceType) -> Handlers:
    def create(logical_id: str, properties: Properties, stack: str) -> Created:
        name = provisioners._physical_name(stack, logical_id, max_len=kind.name_length)
        return kind.create(current_scope(), name, properties)

    def update(physical_id: str, old: Properties, new: Properties, _stack: str) -> Created:
        return kind.update(current_scope(), physical_id, old, new)

    def delete(physical_id: str, properties: Properties) -> None:
        kind.delete(current_scope(), physical_id, properties)

    return {"create": create, "update": update, "delete": delete}


def _completed(backend: Backend, type_name: str, inner: Handlers) -> Handlers:
    """Wrap a type of ministack's own to apply the properties that it ignores afterwards."""

    def finish(physical_id: str, old: Properties, new: Properties) -> None:
        scope = current_scope()
        complete(type_name, lambda service: backend.context.client(service, scope, None), physical_id, old, new)

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


_loop: asyncio.AbstractEventLoop | None = None


def current_scope() -> Scope:
    """Account and region of the current request."""
    return Scope(get_account_id(), get_region())


def emit_event(scope: Scope, entry: dict[str, Any]) -> None:
    """Put an event of an AWS service on the default bus, from any thread."""
    if _loop is None or _loop.is_closed():
        return
    _loop.call_soon_threadsafe(_put_event, scope, entry)


def _put_event(scope: Scope, entry: dict[str, Any]) -> None:
    with request_scope(scope.account, scope.region):
        eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)


def object_exists(scope: Scope, bucket: str, prefix: str) -> bool:
    """Whether S3 has an object whose key begins with ``prefix``; read from memory, so that the loop may call it."""
    with request_scope(scope.account, scope.region):
        found = s3._buckets.get(bucket)
        return bool(found) and any(key.startswith(prefix) for key in list(found["objects"]))


def _with_managed_key(inner: Callable[..., Any]) -> Callable[..., Any]:
    """Use the account's managed key for a write with aws:kms and no key, as on AWS; ministack refuses it."""
    algorithm, key = "x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id"

    def resolve(headers: dict[str, str], bucket: str) -> Any:
        if headers.get(algorithm) == "aws:kms" and not headers.get(key):
            headers = {**headers, key: current_scope().arn("kms", "alias/aws/s3")}
        return inner(headers, bucket)

    return resolve


_role_credentials: Callable[[Scope, str], Credentials] | None = None


def role_credentials(scope: Scope, role_arn: str | None, secret: str) -> Credentials:
    """A program's credentials: the session of ``role_arn``, or the account's own if IAM is not enforced."""
    if role_arn and _role_credentials:
        return _role_credentials(scope, role_arn)
    return Credentials(scope.account, secret)


def _enforce_iam(backend: Backend) -> None:
    """Enforce IAM, before any of our code keeps references to the emulator's functions."""
    global _role_credentials
    from local_aws.ministack.iam import enforce_iam  # here, because it loads Lambda's service

    _role_credentials = enforce_iam(backend)


def _enforce_on_callers(backend: Backend, services: Application) -> Application:
    from local_aws.ministack.iam import enforce_on_callers

    return enforce_on_callers(backend, services)


def stop_lambda_workers() -> None:
    """End the processes that execute Lambda functions."""
    lambda_runtime.reset()
