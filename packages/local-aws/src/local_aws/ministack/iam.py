"""Connects `local_aws.iam` to ministack, for a server that enforces IAM. Imports ministack, like `ministack.hooks`.

ministack checks each request over HTTP (its setting AUTH); this module adds the checks that it lacks.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import ministack.app as gateway
from ministack.core import iam_actions, iam_evaluator, lambda_runtime, router
from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import eventbridge, iam, s3, sns, stepfunctions, sts

from local_aws.api.errors import AwsError, Response
from local_aws.api.service import Scope
from local_aws.clients import Credentials
from local_aws.front.browsers import Application
from local_aws.iam import emulated, step_functions
from local_aws.iam.enforcement import Emulator, Enforcement, Need
from local_aws.iam.recording import Recorder
from local_aws.iam.registry import deciding_layers
from local_aws.iam.sagemaker import SESSION, Guard
from local_aws.iam.service_needs import NEEDS, Needs, caller, require_all

if TYPE_CHECKING:
    from local_aws.backend import Backend
    from local_aws.settings import Settings

Handler = Callable[..., Awaitable[Response]]
DECIDED_ELSEWHERE = frozenset({"s3", "sagemaker", "ses", *NEEDS})
"""Services whose actions the gateway does not know, but which are checked before they do anything."""


def enforce_iam(backend: Backend) -> Callable[[Scope, str], Credentials]:
    """Enforce IAM in this process; returns the function for a role's credentials. Call it before mounting anything."""
    recorder = Recorder(backend.settings.iam_calls)
    enforcement = Enforcement(Emulator(iam_evaluator, sts, iam, request_scope), recorder, backend.settings.secret)
    backend.sagemaker = dataclasses.replace(backend.sagemaker, guard=Guard(enforcement, _vpc_of, _described(backend)))
    backend.guards = {name: _guard(enforcement, needs) for name, needs in NEEDS.items()}
    gateway._authenticate_only = _deny_undecided(gateway._authenticate_only)
    iam_evaluator.enforce = emulated.enforce_with_keys(iam_evaluator, s3, enforcement, recorder, _scope)
    iam_evaluator._resolve_condition_key = emulated.over_tls(iam_evaluator._resolve_condition_key)
    iam_actions.s3_service_context = emulated.with_write_key(iam_actions.s3_service_context)
    iam_actions.extract_resource_arn = emulated.with_repositories(iam_actions.extract_resource_arn)
    iam_actions.request_tag_context = emulated.with_service_keys(iam_actions.request_tag_context)
    emulated.guarded_targets(eventbridge, sns, enforcement, _scope)
    _guard_functions(enforcement)
    return lambda scope, role: enforcement.credentials(scope, role, SESSION)


def enforce_on_callers(backend: Backend, services: Application) -> Application:
    """Check the callers of SageMaker and the registry, and each task of a state machine; call it after mounting."""
    guard = backend.sagemaker.guard
    assert isinstance(guard, Guard)  # noqa: S101 (see `enforce_iam`)
    sagemaker = gateway.SERVICE_HANDLERS["sagemaker"]
    gateway.SERVICE_HANDLERS["sagemaker"] = _deciding_invocations(guard.enforcement, sagemaker)
    step_functions.install(stepfunctions, guard.enforcement, _scope)
    return deciding_layers(guard.enforcement, lambda access_key: _scope_of(access_key, backend.settings), services)


def enforce_on_types(backend: Backend, handlers: dict[str, dict[str, Any]]) -> None:
    """Check state machines that CloudFormation creates; call it once its types exist."""
    guard = backend.sagemaker.guard
    assert isinstance(guard, Guard)  # noqa: S101 (see `enforce_iam`)
    step_functions.guard_type(handlers["AWS::StepFunctions::StateMachine"], guard.enforcement, _scope)


def _guard_functions(enforcement: Enforcement) -> None:
    from ministack.services import lambda_svc

    emulated.guarded_functions(lambda_svc, lambda_runtime, enforcement, _scope)


def _deny_undecided(inner: Callable[..., Any]) -> Callable[..., Any]:
    """Allow unknown actions only to the account's own key, because ``inner`` only authenticates the caller."""

    def authenticate(service: str, headers: dict[str, str], query: Any, request_id: str) -> Any:
        failure = inner(service, headers, query, request_id)
        access_key = router.extract_access_key_id(headers, query) or ""
        if failure or service in DECIDED_ELSEWHERE or access_key.isdigit():
            return failure
        operation = headers.get("x-amz-target", "").rpartition(".")[2] or "UnknownOperation"
        arn = (iam_evaluator.resolve_caller_identity(access_key) or {}).get("userArn", "")
        return iam_actions.access_denied_response(service, f"{service}:{operation}", arn, request_id, headers=headers)

    return authenticate


def _guard(enforcement: Enforcement, needs: Needs) -> Callable[[Scope, str, Any], None]:
    return lambda scope, operation, request: require_all(enforcement, scope, needs(scope, operation, request))


def _deciding_invocations(enforcement: Enforcement, inner: Handler) -> Handler:
    """Check InvokeEndpoint, the only operation of SageMaker's runtime API here."""

    async def sagemaker(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Response:
        if not headers.get("x-amz-target") and path.startswith("/endpoints/"):
            endpoint = _scope().arn("sagemaker", f"endpoint/{path.split('/')[2].lower()}")
            try:
                enforcement.require(_scope(), caller.get() or "", Need("sagemaker:InvokeEndpoint", endpoint))
            except AwsError as error:
                return AwsError(error.code, error.message, 403).response()
        return await inner(method, path, headers, body, query)

    return sagemaker


def _scope() -> Scope:
    return Scope(get_account_id(), get_region())


def _scope_of(access_key: str, settings: Settings) -> Scope:
    """The account and region whose registry an access key reaches: the key's account."""
    account = access_key if access_key.isdigit() else sts._sessions.get(access_key, {}).get("AccountId")
    return Scope(account or settings.account, settings.region)


def _described(backend: Backend) -> Callable[[Scope, str, str], dict[str, Any]]:
    """A function that describes a resource of ours without a check of the caller."""

    def describe(scope: Scope, noun: str, name: str) -> dict[str, Any]:
        return backend.sagemaker.operations[f"Describe{noun}"](scope, {f"{noun}Name": name}) or {}

    return describe


def _vpc_of(subnet: str) -> str | None:
    from ministack.services import ec2

    record = ec2._subnets.get(subnet)
    return str(record["VpcId"]) if record else None
