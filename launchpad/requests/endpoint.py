"""`CreateEndpointConfig`, and `CreateEndpoint` or `UpdateEndpoint`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from launchpad.requests.asynchronous import async_config
from launchpad.requests.capture import data_capture
from launchpad.requests.context import Definition, Environment, Request, tags
from launchpad.requests.model import serving_section
from launchpad.requests.names import content_name
from launchpad.requests.release import deployment_config
from launchpad.requests.shared_endpoints import as_served, served_name
from launchpad.requests.storage import volume_key
from launchpad.requests.variants import VARIANT, Variant, instance_choices, instance_count, variant_request

__all__ = ["VARIANT", "endpoint_config_request", "endpoint_request", "endpoint_update_request"]


def endpoint_config_request(
    definition: Definition,
    environment: Environment,
    models: str | Sequence[Variant],
    shadow: Variant | None = None,
) -> Request:
    """The keyword arguments of `create_endpoint_config`.

    `models` is the name of the one model, or the variants by which requests are divided; `shadow` gets copies.

    Raises:
        RequestError: the environment forbids what the workload asks for.
    """
    section = serving_section(definition)
    variants = [Variant(models)] if isinstance(models, str) else models
    content: Request = {
        "ProductionVariants": [variant_request(variant, section, environment) for variant in variants],
        **_key(section, environment),
        **data_capture(definition, environment),
    }
    if shadow:
        content["ShadowProductionVariants"] = [variant_request(shadow, section, environment)]
    if section.get("mode") == "async":
        content["AsyncInferenceConfig"] = async_config(definition, environment)
    served = as_served(definition)
    name = content_name(environment.name, served["name"], content)
    return {"EndpointConfigName": name, **content, "Tags": tags(served, environment)}


def endpoint_request(definition: Definition, environment: Environment, endpoint_config_name: str) -> Request:
    """The keyword arguments of `create_endpoint`."""
    return {
        "EndpointName": served_name(definition, environment),
        "EndpointConfigName": endpoint_config_name,
        "Tags": tags(as_served(definition), environment),
    }


def endpoint_update_request(
    definition: Definition,
    environment: Environment,
    endpoint_config_name: str,
    alarms: Sequence[str] = (),
    release: Mapping[str, Any] | None = None,
    *,
    same_variants: bool = True,
) -> Request:
    """The keyword arguments of `update_endpoint`; `release` replaces the workload's.

    A scaled endpoint keeps the number of instances that scaling has set. An update that adds or removes a variant
    shifts traffic at once: "your new endpoint configuration must have the same variant name as the old" to do it in
    steps ("Deployment guardrails: exclusions" of the developer guide).
    """
    section = serving_section(definition)
    release = release or section.get("release")
    request: Request = {
        "EndpointName": served_name(definition, environment),
        "EndpointConfigName": endpoint_config_name,
    }
    if section.get("scaling"):
        request["RetainAllVariantProperties"] = True
    if release and same_variants and section.get("mode") != "serverless":
        request["DeploymentConfig"] = deployment_config(release, instance_count(section), alarms)
    return request


def _key(section: Mapping[str, Any], environment: Environment) -> Request:
    """`KmsKeyId` where every instance has a volume that takes a key; a serverless endpoint has no instances."""
    if section.get("mode") == "serverless":
        return {}
    keys = [volume_key("KmsKeyId", name, environment) for name in instance_choices(section["instance"])]
    return keys[0] if all(keys) else {}
