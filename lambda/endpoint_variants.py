"""Which models an endpoint serves at once: one, several that divide the requests, or one with a shadow."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from models import sagemaker
from served_endpoints import record_of_config
from serving_models import ServedModel

from launchpad.requests import Definition, RequestError, Variant
from launchpad.requests.variants import SHADOW, VARIANT

Described = Mapping[str, Any] | None
"""DescribeEndpoint's response; None without an endpoint."""
Listed = dict[str, Any]
"""A variant as a record has it: name, job, model, weight, jobs of its preprocessors, and whether it is the shadow."""
Arrangement = tuple[list[Variant], Variant | None, list[Listed]]
"""The production variants, the shadow variant, and both as a record has them."""
NAME = re.compile(r"[A-Za-z0-9](-?[A-Za-z0-9]){0,62}")
"""`VariantName` of CreateEndpointConfig."""
TRAFFIC = ("all-at-once", "canary", "linear", "rolling")


def check_keys(definition: Definition, event: Mapping[str, Any]) -> None:
    """Refuse keys of the event that are wrong, or exclude each other or the workload's mode.

    Raises:
        RequestError: names the key and what to write.
    """
    ways = [key for key in ("record", "promote", "variant", "shadow") if event.get(key)]
    if len(ways) > 1:
        raise RequestError(f"{' and '.join(ways)} exclude each other: write one of them")
    _check_variant(event)
    _check_release(definition, event.get("release"), ways)
    divides = next((key for key in ("variant", "shadow") if event.get(key)), None)
    section = definition["serving"]
    if divides and section.get("mode") == "serverless":
        raise RequestError(f"{divides}: a serverless endpoint has one variant")
    if divides and section.get("shared_endpoint"):
        raise RequestError(f"{divides}: a shared endpoint has one variant here")
    if event.get("shadow") and section.get("preprocessors"):
        raise RequestError("shadow: SageMaker copies no requests of an endpoint with preprocessors")
    if divides and section.get("mode") == "async":
        raise RequestError(f"{divides}: an asynchronous endpoint has one variant here")


def arranged(workload: str, event: Mapping[str, Any], current: Described, model: ServedModel, job: str) -> Arrangement:
    """Place the model of `job` among what the endpoint serves now; without a key for it, the model serves alone.

    Raises:
        RequestError: nothing is served that it could divide the requests with.
    """
    if event.get("variant"):
        return _challenging(workload, event, current, model, job)
    if event.get("shadow"):
        return _shadowing(workload, event, current, model.name, job)
    return as_listed([], model.name)


def variant_jobs(workload: str, name: Any, current: Described) -> tuple[str, dict[str, str]]:
    """Return the training job of a variant that is served now, or of the shadow, and those of its preprocessors.

    Raises:
        RequestError: there is no such variant; names those that are served.
    """
    variants = {variant["name"]: variant for variant in served_variants(workload, current)}
    if name not in variants:
        raise RequestError(f"promote: no variant {name!r} is served; there are {', '.join(variants) or 'none'}")
    return str(variants[name]["job"]), variants[name].get("preprocessors", {})


def served_variants(workload: str, current: Described) -> list[Listed]:
    """Return what the endpoint serves now, the shadow too, with the weights that it has now."""
    if current is None:
        return []
    record = record_of_config(workload, current["EndpointConfigName"]) or {}
    listed = {item["name"]: item for item in record.get("variants") or []}
    weights = {item["VariantName"]: item.get("CurrentWeight") for item in current.get("ProductionVariants", [])}
    config = sagemaker.describe_endpoint_config(EndpointConfigName=current["EndpointConfigName"])
    members = {"ProductionVariants": False, "ShadowProductionVariants": True}
    return [
        {
            "name": item["VariantName"],
            "job": listed.get(item["VariantName"], record).get("job", ""),
            "model": item["ModelName"],
            "weight": float(weights.get(item["VariantName"]) or item["InitialVariantWeight"]),
            "shadow": shadow,
            **_after(listed.get(item["VariantName"], record).get("preprocessors")),
        }
        for member, shadow in members.items()
        for item in config.get(member, [])
    ]


def as_listed(listed: Sequence[Listed], model: str) -> Arrangement:
    """Return the variants of a record; without any, `model` serves alone."""
    if not listed:
        return [Variant(model)], None, []
    variants = [Variant(item["model"], item["name"], item["weight"]) for item in listed if not item["shadow"]]
    shadows = [Variant(item["model"], item["name"], item["weight"]) for item in listed if item["shadow"]]
    return variants, shadows[0] if shadows else None, list(listed)


def _after(preprocessors: Mapping[str, str] | None) -> Listed:
    """What a variant's entry says of what works on its requests before; nothing where its model is the only one."""
    return {"preprocessors": dict(preprocessors)} if preprocessors else {}


def _challenging(
    workload: str, event: Mapping[str, Any], current: Described, model: ServedModel, job: str
) -> Arrangement:
    """The others keep their proportions, and divide what the share of the new variant leaves."""
    name, share = event["variant"], float(event["weight"])
    others = [item for item in _served_now("variant", workload, current) if item["name"] != name]
    total = sum(item["weight"] for item in others)
    if not others or not total:
        raise RequestError(f"variant: {name!r} would be the only one; serve the model without `variant`")
    scaled = [{**item, "weight": round(item["weight"] / total * (1 - share), 6)} for item in others]
    own = {"name": name, "job": job, "model": model.name, "weight": share, "shadow": False}
    return as_listed([*scaled, {**own, **_after(model.preprocessors)}], model.name)


def _shadowing(workload: str, event: Mapping[str, Any], current: Described, model: str, job: str) -> Arrangement:
    """The shadow gets copies of as many requests as its weight is of the production variant's."""
    others = _served_now("shadow", workload, current)
    if len(others) > 1:
        raise RequestError("shadow: SageMaker allows it only where there is one variant; promote one first")
    share = float(event.get("weight") or 1)
    shadow = {"name": SHADOW, "job": job, "model": model, "weight": others[0]["weight"] * share, "shadow": True}
    return as_listed([others[0], shadow], model)


def _served_now(key: str, workload: str, current: Described) -> list[Listed]:
    """The production variants that are served now."""
    if current is None:
        raise RequestError(f"{key}: nothing is served yet; serve a model without it first")
    if current["EndpointStatus"] != "InService":
        raise RequestError(f"{key}: the endpoint is {current['EndpointStatus']}; wait until it is in service")
    return [item for item in served_variants(workload, current) if not item["shadow"]]


def _check_variant(event: Mapping[str, Any]) -> None:
    name, weight = event.get("variant"), event.get("weight")
    if name and (not isinstance(name, str) or not NAME.fullmatch(name)):
        raise RequestError(f"variant: {name!r} is no name; write letters, digits and inner hyphens, at most 63")
    if name in (VARIANT, SHADOW):
        raise RequestError(f"variant: {name} is taken; write another name")
    if name and weight is None:
        raise RequestError("weight: write the variant's share of the requests, such as 0.1")
    if weight is not None and not (name or event.get("shadow")):
        raise RequestError("weight: has no effect without `variant` or `shadow`")
    if weight is not None and not _is_share(weight, with_all=bool(event.get("shadow"))):
        raise RequestError(f"weight: {weight!r} is no share; write a number between 0 and 1, such as 0.1")


def _is_share(weight: Any, *, with_all: bool) -> bool:
    number = isinstance(weight, int | float) and not isinstance(weight, bool)
    return number and (0 < weight < 1 or (with_all and weight == 1))


def _check_release(definition: Definition, release: Any, ways: Sequence[str]) -> None:
    if release is None:
        return
    if not isinstance(release, dict) or set(release) != {"traffic", "percent", "bake_minutes"}:
        raise RequestError("release: write traffic, percent and bake_minutes")
    if release["traffic"] not in TRAFFIC:
        raise RequestError(f"release.traffic: {release['traffic']!r} is none of {', '.join(TRAFFIC)}")
    for key, least, most in (("percent", 5 if release["traffic"] == "rolling" else 10, 50), ("bake_minutes", 0, 60)):
        value = release[key]
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise RequestError(f"release.{key}: write a whole number from {least} to {most}, not {value!r}")
    if definition["serving"].get("mode") == "serverless":
        raise RequestError("release: a serverless endpoint has no instances between which traffic could shift")
    if ways and ways != ["record"] and release["traffic"] != "all-at-once":
        raise RequestError(
            f"release: SageMaker shifts traffic in steps only between the same variants, which {ways[0]} changes"
        )
