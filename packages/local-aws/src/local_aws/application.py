"""Composes the server's ASGI application: ministack with our services mounted, and what every request passes first."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from local_aws.administration import with_administration
from local_aws.api.errors import AwsError, Response
from local_aws.api.service import Scope
from local_aws.cloudformation.types import resource_types
from local_aws.front.browsers import Application, refusing_browsers
from local_aws.front.large_bodies import in_pieces
from local_aws.front.post_only import refusing_other_methods
from local_aws.front.private_networks import through_vpcs
from local_aws.front.signatures import requiring_signatures
from local_aws.iam.enforcement import Enforcement, Need
from local_aws.iam.registry import deciding_layers
from local_aws.iam.sagemaker import Guard, refused_invocation
from local_aws.iam.service_needs import NEEDS, Needs, require_all
from local_aws.json_apis import JSON_APIS
from local_aws.ministack import gateway
from local_aws.ministack.ec2 import extend_ec2, vpc_of
from local_aws.ministack.ecr import registry, registry_denial, registry_of
from local_aws.ministack.key_rotation import rotate_keys
from local_aws.ministack.log_delivery import LogGroups
from local_aws.ministack.metric_filters import Datum
from local_aws.ministack.post_policies import ignore_fields_below_files
from local_aws.ministack.queues import extend_queues
from local_aws.ministack.s3 import extend_s3
from local_aws.ministack.schedule_sweep import keep_time_zones
from local_aws.ministack.scheduled_inputs import fill_inputs
from local_aws.ministack.schedules import extend_rules, extend_scheduler, quicken
from local_aws.ministack.scope import current_scope
from local_aws.ministack.signatures import MinistackVerifier
from local_aws.ministack.step_functions import extend_step_functions
from local_aws.ministack.trails import check_trails
from local_aws.mlflow.front import MlflowFront
from local_aws.sagemaker.hosting.runtime_front import Denial, answering_invocations
from local_aws.step_functions.services import integrations

if TYPE_CHECKING:
    from local_aws.backend import Backend
    from local_aws.ministack.emulator import Ministack
    from local_aws.ministack.enforcement import MinistackEnforcement
    from local_aws.persistence import Persistence

log = logging.getLogger("local_aws")


def application(backend: Backend, emulator: Ministack, persistence: Persistence) -> Application:
    """The application that serves ``backend``'s services and ministack's own. Call it once per process."""
    settings, enforcement = backend.settings, emulator.enforcement
    _mount_services(backend)
    _extend_services(backend, emulator, enforcement)
    services = with_administration(settings, backend.training_jobs, refusing_other_methods(gateway.emulator))
    services = registry(settings).application(services)
    home, account_of = Scope(settings.account, settings.region), partial(registry_of, settings=settings)
    services = deciding_layers(partial(registry_denial, enforcement), account_of, home, services)
    mlflow = _mlflow(backend, enforcement)
    services = mlflow.clients(services)
    services = answering_invocations(backend.runtime_api, gateway.scope_of, _invocation_denial(enforcement), services)
    gateway.name_absent_services()
    gateway.prepare_handlers(("ecr", "emr-serverless", "sagemaker", "sts", *JSON_APIS), settings.secret)
    objects = extend_s3(settings, persistence.file)
    persistence.begin(backend, objects)
    backend.heartbeat.start()
    verifier = MinistackVerifier(settings.secret)
    services = through_vpcs(emulator.networks, in_pieces(services))
    return mlflow.pages(refusing_browsers(requiring_signatures(verifier, services, objects.files)))


def _invocation_denial(enforcement: Enforcement | None) -> Denial:
    if enforcement is None:
        return lambda *_: None
    return partial(refused_invocation, enforcement)


def _mlflow(backend: Backend, enforcement: Enforcement | None) -> MlflowFront:
    def decide(scope: Scope, access_key: str, action: str, resource: str) -> str | None:
        return enforcement.decide(scope, access_key, Need(action, resource)) if enforcement else None

    def account_of(access_key: str) -> str:
        return registry_of(access_key, backend.settings).account

    return MlflowFront(backend.context.store, backend.mlflow, backend.mlflow_links, account_of, decide)


def _mount_services(backend: Backend) -> None:
    async def sagemaker(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Response:
        if target := headers.get("x-amz-target"):
            return backend.sagemaker.respond(current_scope(), target, body)
        return backend.component_metrics.respond(current_scope(), method, path, query, body)

    async def emr_serverless(method: str, path: str, _headers: Any, body: bytes, query: dict[str, Any]) -> Response:
        return backend.emr_serverless.respond(current_scope(), method, path, query, body)

    async def sagemaker_mlflow(*_request: Any) -> Response:
        message = "The request names no tracking server: the sagemaker-mlflow plugin sends its ARN in a header."
        return AwsError("UnknownOperationException", message, 404).response()

    gateway.mount("sagemaker-mlflow", sagemaker_mlflow)
    gateway.mount("sagemaker", sagemaker, target_prefixes=["SageMaker."], host_patterns=[r"sagemaker\."])
    gateway.mount("emr-serverless", emr_serverless, host_patterns=[r"emr-serverless\."])
    for name, api in JSON_APIS.items():
        handler = _json_api(backend, name)
        gateway.mount(name, handler, target_prefixes=[api.target], host_patterns=[rf"{name}\."])


def _json_api(backend: Backend, name: str) -> gateway.Handler:
    async def answer(_method: str, _path: str, headers: dict[str, str], body: bytes, _query: Any) -> Response:
        return backend.json_api(name).respond(current_scope(), headers.get("x-amz-target", ""), body)

    return answer


def _extend_services(backend: Backend, emulator: Ministack, enforcement: MinistackEnforcement | None) -> None:
    log_groups = LogGroups(_publishing(backend), enforcement)

    def extend_stacks() -> None:
        from local_aws.ministack.cloudformation import extend_engine

        def describe(scope: Scope, noun: str, request: dict[str, Any]) -> dict[str, Any]:
            return backend.sagemaker.operations[f"Describe{noun}"](scope, request) or {}

        types = resource_types(backend.context.stack_client)
        extend_engine(types, backend.context.stack_client, describe, enforcement)
        log_groups.extend()  # a template creates metric filters without calling CloudWatch Logs

    gateway.extend_on_first_use("cloudformation", extend_stacks)
    gateway.answer_stacks_patiently()
    gateway.extend_on_first_use("ec2", extend_ec2)
    gateway.extend_on_first_use("logs", log_groups.extend)
    gateway.extend_on_first_use("iam", _extend_iam)
    gateway.extend_on_first_use("sts", _extend_sts)
    gateway.extend_on_first_use("kms", _extend_kms)
    gateway.extend_on_first_use("cloudtrail", lambda: check_trails(enforcement))
    gateway.extend_on_first_use("events", extend_rules)
    gateway.extend_on_first_use("scheduler", extend_scheduler)
    gateway.extend_on_first_use("sqs", extend_queues)
    gateway.extend_on_first_use("monitoring", lambda: emulator.alarm_evaluation)
    emulator.scale = backend.alarmed
    fill_inputs()
    keep_time_zones()
    ignore_fields_below_files()
    if backend.context.clock.speed > 1:
        quicken(backend.context.clock)
    log_groups.deliver_events()
    if enforcement:
        _enforce_iam(backend, enforcement)
    emr, emr_serverless = lambda: backend.json_api("elasticmapreduce"), lambda: backend.emr_serverless.service
    extend_step_functions(integrations(backend.sagemaker, emr, emr_serverless, current_scope), enforcement)


def _extend_iam() -> None:
    from local_aws.ministack.managed_policies import add_managed_policies  # here, because they load IAM's services
    from local_aws.ministack.policy_documents import refuse_malformed_policies
    from local_aws.ministack.policy_simulation import extend_iam
    from local_aws.ministack.saml_providers import read_providers

    extend_iam()
    refuse_malformed_policies()
    read_providers()
    add_managed_policies()


def _extend_kms() -> None:
    from local_aws.ministack.key_states import refuse_unusable_keys  # here, because it loads IAM's services

    rotate_keys()
    refuse_unusable_keys()


def _extend_sts() -> None:
    from local_aws.ministack.assumed_roles import refuse_missing_roles  # here, because they load IAM's services
    from local_aws.ministack.saml_sessions import take_assertions

    refuse_missing_roles()
    take_assertions()


def _publishing(backend: Backend) -> Callable[[str, Datum], None]:
    def publish(namespace: str, datum: Datum) -> None:
        """Publish later, in a separate request, because this runs on the server's event loop."""
        scope = current_scope()
        backend.metrics.submit(lambda: _put_datum(backend.context.client("cloudwatch", scope, None), namespace, datum))

    return publish


def _put_datum(cloudwatch: Any, namespace: str, datum: Datum) -> None:
    try:
        cloudwatch.put_metric_data(Namespace=namespace, MetricData=[datum])
    except (ClientError, BotoCoreError) as error:
        log.warning("metric %s of %s: %s", datum["MetricName"], namespace, error)


def _enforce_iam(backend: Backend, enforcement: MinistackEnforcement) -> None:
    """Enforce IAM, before any of our code keeps references to ministack's functions."""
    from local_aws.ministack.iam import enforce_iam  # here, because it loads Lambda's service

    def describe(scope: Scope, noun: str, name: str) -> dict[str, Any]:
        """Describe a resource of ours without a check of the caller."""
        return backend.sagemaker.operations[f"Describe{noun}"](scope, {f"{noun}Name": name}) or {}

    def tags_of(scope: Scope, arn: str) -> dict[str, str]:
        record = backend.context.store.by_arn(scope, arn, any_case=True)  # policies have names in lower case
        return record.tags if record else {}

    guard = Guard(enforcement, vpc_of, describe, tags_of)  # it applies the rules too, after the caller's permissions
    backend.sagemaker = replace(backend.sagemaker, guard=guard, rules=None)
    backend.guards = {name: _guard(enforcement, needs) for name, needs in NEEDS.items()}
    enforce_iam(enforcement, backend.cluster_tags)


def _guard(enforcement: Enforcement, needs: Needs) -> Callable[[Scope, str, Any], None]:
    return lambda scope, operation, request: require_all(enforcement, scope, needs(scope, operation, request))
