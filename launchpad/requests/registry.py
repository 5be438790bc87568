"""The model registry: one `CreateModelPackageGroup` per workload, one `CreateModelPackage` per accepted model."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from launchpad.requests.context import Definition, Environment, Request, tags
from launchpad.requests.model import model_request, serving_section
from launchpad.requests.monitoring import BASELINE_FILE
from launchpad.requests.names import endpoint_name
from launchpad.requests.variants import instance_choices


def package_group_request(definition: Definition, environment: Environment) -> Request:
    """The keyword arguments of `create_model_package_group`."""
    return {
        "ModelPackageGroupName": endpoint_name(environment.name, definition["name"]),
        "ModelPackageGroupDescription": definition["description"],
        "Tags": tags(definition, environment),
    }


def package_group_policy(group_arn: str, readers: Sequence[str]) -> str:
    """A group's resource policy: these roles of other accounts may describe its versions (PutModelPackageGroupPolicy).

    A statement names a role's account and, as a condition, the role, which may not exist yet. That SageMaker evaluates
    the condition as other services do is not confirmed: its guide's examples have none.
    """
    versions = f"{group_arn.replace(':model-package-group/', ':model-package/')}/*"
    statements = [
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"{reader.partition(':role/')[0]}:root"},
            "Action": "sagemaker:DescribeModelPackage",
            "Resource": versions,
            "Condition": {"ArnEquals": {"aws:PrincipalArn": reader}},
        }
        for reader in readers
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, sort_keys=True)


def package_request(
    definition: Definition,
    environment: Environment,
    model_data_url: str,
    metrics: Mapping[str, float],
    metrics_uri: str,
    baseline_uri: str | None = None,
) -> Request:
    """The keyword arguments of `create_model_package` for an artifact with model and scripts.

    `metrics` become searchable properties; `metrics_uri` is a JSON file with the same metrics. `baseline_uri` is the
    folder of a monitored model's baseline: the statistics of its training data, with which its requests are compared.
    """
    container = model_request(definition, environment, model_data_url)["PrimaryContainer"]
    section = serving_section(definition)
    baseline = {"ModelDataQuality": _statistics(f"{baseline_uri}/{BASELINE_FILE}")} if baseline_uri else {}
    types = instance_choices(section["instance"]) if section["instance"] else []
    return {
        "ModelPackageGroupName": endpoint_name(environment.name, definition["name"]),
        "ModelPackageDescription": definition["description"],
        "ModelApprovalStatus": definition["pipeline"]["approval"],
        "InferenceSpecification": {
            "Containers": [container],
            "SupportedContentTypes": ["text/csv", "application/json"],
            "SupportedResponseMIMETypes": ["text/csv", "application/json"],
            **({"SupportedRealtimeInferenceInstanceTypes": types} if types else {}),
        },
        "ModelMetrics": {"ModelQuality": _statistics(metrics_uri), **baseline},
        **({"DriftCheckBaselines": baseline} if baseline else {}),
        **(
            {"CustomerMetadataProperties": {key: f"{value:.6g}" for key, value in sorted(metrics.items())}}
            if metrics
            else {}
        ),
    }


def _statistics(uri: str) -> Request:
    return {"Statistics": {"ContentType": "application/json", "S3Uri": uri}}
