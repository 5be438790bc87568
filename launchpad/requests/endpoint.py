"""`CreateEndpointConfig`, and `CreateEndpoint` or `UpdateEndpoint`."""

from __future__ import annotations

from launchpad.requests.context import Definition, Environment, Request, tags
from launchpad.requests.model import serving_section
from launchpad.requests.names import content_name, endpoint_name
from launchpad.requests.resources import check_limits
from launchpad.requests.storage import volume_key

VARIANT = "AllTraffic"
"""The only production variant. Deployment guardrails require the same name in every update."""


def endpoint_config_request(definition: Definition, environment: Environment, model_name: str) -> Request:
    """The keyword arguments of `create_endpoint_config` for one model on the workload's serving instances."""
    instance = serving_section(definition)["instance"]
    check_limits([instance], environment)
    content: Request = {
        "ProductionVariants": [
            {
                "VariantName": VARIANT,
                "ModelName": model_name,
                "InstanceType": instance["type"],
                "InitialInstanceCount": instance["count"],
                "InitialVariantWeight": 1.0,
            }
        ],
        **volume_key("KmsKeyId", instance["type"], environment),
    }
    name = content_name(environment.name, definition["name"], content)
    return {"EndpointConfigName": name, **content, "Tags": tags(definition, environment)}


def endpoint_request(definition: Definition, environment: Environment, endpoint_config_name: str) -> Request:
    """The keyword arguments of `create_endpoint`; without `Tags`, those of `update_endpoint`."""
    return {
        "EndpointName": endpoint_name(environment.name, definition["name"]),
        "EndpointConfigName": endpoint_config_name,
        "Tags": tags(definition, environment),
    }
