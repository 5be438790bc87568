"""Which modes of serving an endpoint configuration may combine, and which changes an endpoint may make between them.

Sources: the developer guide's pages on serverless, asynchronous and shadow serving, and the API reference. AWS
publishes only some of the words of its refusals; `UNSUPPORTED` are words that users quote, the reason in parentheses is
ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from local_aws.api.errors import AwsError, validation_error
from local_aws.sagemaker.hosting.capture_settings import is_enabled

Details = Mapping[str, Any]

UNSUPPORTED = "One or more endpoint features are not supported using this configuration"
ONLY_INSTANCES = (
    "InstanceType",
    "InitialInstanceCount",
    "InstancePools",
    "VolumeSizeInGB",
    "AcceleratorType",
    "ModelDataDownloadTimeoutInSeconds",
    "ContainerStartupHealthCheckTimeoutInSeconds",
    "ManagedInstanceScaling",
    "RoutingConfig",
    "EnableSSMAccess",
    "InferenceAmiVersion",
    "CapacityReservationConfig",
)
"""Members of a variant that describe instances, which a serverless variant has none of."""
MEMORY_STEP = 1024
GPU = re.compile(r"ml\.(g|p)\d")
TRITON = "tritonserver"
"""Part of the name of the repository of NVIDIA Triton's images."""


def check_config(config: Details, model_of: Callable[[str], Details]) -> None:
    """Raise ValidationException for modes that exclude each other. ``model_of`` returns DescribeModel's response."""
    for reason in _problems(config, model_of):
        raise reason


def check_update(current: Details, following: Details) -> None:
    """Raise ValidationException for an endpoint that can't change from one configuration to the other."""
    if is_serverless(following) and not is_serverless(current):
        raise validation_error(
            "Updating a real-time inference endpoint to either an on-demand serverless endpoint or a serverless "
            "endpoint with Provisioned Concurrency is currently not supported."
        )


def check_capacities(config: Details, settings: list[dict[str, Any]]) -> None:
    """Raise ValidationException for capacities that the variants of a configuration can't have."""
    for item in settings:
        variant = _variant(config, item["VariantName"])
        serverless = variant.get("ServerlessConfig")
        if serverless and "DesiredInstanceCount" in item:
            raise validation_error(f"Variant {item['VariantName']} is serverless: it has no DesiredInstanceCount.")
        if not serverless and "ServerlessUpdateConfig" in item:
            raise validation_error(f"Variant {item['VariantName']} has instances: it has no ServerlessUpdateConfig.")
        if serverless:
            _check_concurrency({**serverless, **item.get("ServerlessUpdateConfig", {})})
        if item.get("DesiredInstanceCount") == 0 and "AsyncInferenceConfig" not in config:
            raise validation_error(
                f"DesiredInstanceCount of variant {item['VariantName']} must be at least 1: only asynchronous "
                "endpoints scale to zero."
            )


def is_serverless(config: Details) -> bool:
    """Whether a configuration has a serverless variant."""
    return any("ServerlessConfig" in variant for variant in config["ProductionVariants"])


def _problems(config: Details, model_of: Callable[[str], Details]) -> Iterator[AwsError]:
    variants, shadows = config["ProductionVariants"], config.get("ShadowProductionVariants", [])
    models = [model_of(variant["ModelName"]) for variant in [*variants, *shadows] if "ModelName" in variant]
    yield from _multi_model_problems([*variants, *shadows], model_of)
    if shadows:
        yield from _shadow_problems(config)
    if any("ServerlessConfig" in variant for variant in [*variants, *shadows]):
        yield from _serverless_problems(config, models)
    for feature, present in (("AsyncInferenceConfig", "AsyncInferenceConfig" in config), ("shadow variants", shadows)):
        if present and any(_has_several(model) for model in models):
            yield _unsupported(f"{feature} with an inference pipeline or a multi-model container")


def _multi_model_problems(variants: list[Details], model_of: Callable[[str], Details]) -> Iterator[AwsError]:
    """Several models on GPUs only in Triton ("Supported algorithms, frameworks, and instances", developer guide)."""
    for variant in variants:
        types = [variant.get("InstanceType"), *(pool["InstanceType"] for pool in variant.get("InstancePools", ()))]
        accelerated = next((name for name in types if name and GPU.match(name)), None)
        if accelerated and "ModelName" in variant and _shares_without_triton(model_of(variant["ModelName"])):
            yield _unsupported(f"a multi-model container on {accelerated}: on GPUs, only Triton's image can")


def _shadow_problems(config: Details) -> Iterator[AwsError]:
    variants, shadows = config["ProductionVariants"], config["ShadowProductionVariants"]
    if len(variants) != 1 or len(shadows) != 1:
        yield validation_error(
            "If you use ShadowProductionVariants, you can only specify one variant for ProductionVariants and one "
            "variant for ShadowProductionVariants."
        )
    if "AsyncInferenceConfig" in config:
        yield _unsupported("shadow variants of an asynchronous endpoint")


def _serverless_problems(config: Details, models: list[Details]) -> Iterator[AwsError]:
    variants = config["ProductionVariants"]
    excluded = {
        "several variants": len(variants) > 1,
        "shadow variants": "ShadowProductionVariants" in config,
        "AsyncInferenceConfig": "AsyncInferenceConfig" in config,
        "DataCaptureConfig": is_enabled(config),
        "ExplainerConfig": "ExplainerConfig" in config,
        "a VPC": any("VpcConfig" in model for model in models),
        "inference pipelines": any(len(model.get("Containers", ())) > 1 for model in models),
        "multi-model containers": any(_is_multi_model(model) for model in models),
        "ModelDataSource without compression": any(_is_uncompressed(model) for model in models),
    }
    if any(model.get("EnableNetworkIsolation") for model in models):
        yield validation_error("Network isolation is not supported for serverless endpoint.")
    yield from (_unsupported(f"serverless: {name}") for name, present in excluded.items() if present)
    for variant in variants:
        for member in ONLY_INSTANCES:
            if member in variant:
                yield validation_error(
                    f"ProductionVariant {variant['VariantName']} can't have both ServerlessConfig and {member}."
                )
        if "ServerlessConfig" in variant:
            _check_concurrency(variant["ServerlessConfig"])


def _check_concurrency(serverless: Details) -> None:
    if serverless["MemorySizeInMB"] % MEMORY_STEP:
        raise validation_error(
            f"MemorySizeInMB {serverless['MemorySizeInMB']} is not valid. Valid values are in 1 GB increments: "
            "1024 MB, 2048 MB, 3072 MB, 4096 MB, 5120 MB, or 6144 MB."
        )
    provisioned, most = serverless.get("ProvisionedConcurrency", 0), serverless["MaxConcurrency"]
    if provisioned > most:
        raise validation_error(
            f"ProvisionedConcurrency {provisioned} must be less than or equal to MaxConcurrency {most}."
        )


def _unsupported(reason: str) -> AwsError:
    return validation_error(f"{UNSUPPORTED} ({reason})")


def _variant(config: Details, name: str) -> Details:
    return next((variant for variant in config["ProductionVariants"] if variant["VariantName"] == name), {})


def _containers(model: Details) -> list[Details]:
    return [*model.get("Containers", ()), *filter(None, [model.get("PrimaryContainer")])]


def _has_several(model: Details) -> bool:
    return len(_containers(model)) > 1 or _is_multi_model(model)


def _is_multi_model(model: Details) -> bool:
    return any(container.get("Mode") == "MultiModel" for container in _containers(model))


def _shares_without_triton(model: Details) -> bool:
    several = [container for container in _containers(model) if container.get("Mode") == "MultiModel"]
    return any(TRITON not in container.get("Image", "") for container in several)


def _is_uncompressed(model: Details) -> bool:
    sources = (container.get("ModelDataSource", {}).get("S3DataSource", {}) for container in _containers(model))
    return any(source.get("CompressionType") == "None" for source in sources)
