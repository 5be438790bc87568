"""Checks the promoted models of a pin against the configs of the environments that they come from, without AWS.

Whether the version is approved, passed its gate and has the pinned bytes is known only with credentials
(`launchpad/promotions/`).
"""

from __future__ import annotations

from collections.abc import Iterator

from launchpad.config_files.yaml_reader import Location
from launchpad.requests.names import endpoint_name
from launchpad.settings import EnvironmentSettings, PinnedEndpoint
from launchpad.settings.pinned_models import PromotedModel
from launchpad.settings.promotion import neighbours


def wrong_promotions(endpoint: PinnedEndpoint, settings: EnvironmentSettings) -> Iterator[tuple[Location, str]]:
    """The key below the pin and the message of each mistake in its promoted models.

    Raises:
        InvalidFileError: the config of an environment before this one has mistakes.
    """
    if not endpoint.promotions:
        return
    sources = {source.name: source for source in neighbours(settings).sources}
    for keys, promoted in endpoint.promotions:
        for key, message in _wrong(promoted, endpoint.workload, settings, sources):
            yield (*keys, key), message
    yield from _other_preprocessors(endpoint)


def _other_preprocessors(endpoint: PinnedEndpoint) -> Iterator[tuple[Location, str]]:
    """Other models of the endpoint that were proven behind other preprocessors than those it has for all of them."""
    own = endpoint.promoted.preprocessors if endpoint.promoted else {}
    for keys, promoted in endpoint.promotions:
        for name, each in promoted.preprocessors.items():
            if promoted is not endpoint.promoted and own.get(name) != each:
                message = "is another than the endpoint's own, which all of its models are served behind"
                yield (*keys, "preprocessors", name), f"{message}: pin a model that was proven behind the same"


def registries(settings: EnvironmentSettings) -> dict[str, EnvironmentSettings]:
    """Every environment on the way to this one, by name: a model may have been registered in any of them.

    Raises:
        InvalidFileError: one of their configs has mistakes.
    """
    before: dict[str, EnvironmentSettings] = {}
    for source in neighbours(settings).sources:
        before |= {source.name: source, **registries(source)}
    return before


def _wrong(
    promoted: PromotedModel,
    workload: str,
    settings: EnvironmentSettings,
    sources: dict[str, EnvironmentSettings],
) -> Iterator[tuple[str, str]]:
    source = sources.get(promoted.source)
    if source is None:
        promoting = ", ".join(sources) or "none does"
        message = f"{promoted.source!r} does not promote to {settings.name!r} (what does: {promoting}): write"
        message = f"{message} `promotes_to: [{settings.name}]` in its config, or another environment here"
        yield "from", f"{message}; {_copy_instead(promoted, settings)}"
        return
    if not promoted.object_key.startswith(f"{workload}/models/"):
        other = promoted.object_key.partition("/")[0]
        yield "artifact", f"is a model of {other!r}; write one of {workload!r}, or correct workload"
    for name, each in promoted.preprocessors.items():
        if not each.artifact.startswith(f"s3://{promoted.bucket}/{name}/models/"):
            yield "preprocessors", f"{each.artifact} is no model of {name!r} in bucket {promoted.bucket}; write one"
    before = {source.name: source, **registries(source)}
    for message in _wrong_package(promoted.model_package, workload, before):
        yield "model_package", f"{message}; {_copy_instead(promoted, settings)}"
    if source.account and promoted.key.split(":")[4] != source.account:
        message = f"must be the key of {source.name!r}, in account {source.account}"
        yield "key", f"{message}; `launchpad promote {workload} --from {source.name} --to {settings.name}` writes it"


def _copy_instead(promoted: PromotedModel, settings: EnvironmentSettings) -> str:
    """How to go on serving a copy without the way that it came: whether there is one is known only in the account."""
    copy = promoted.copy_in("BUCKET")
    stack = f"launchpad-{settings.name}-storage"
    return (
        f"to go on serving a copy made earlier, write `model_data: {copy}` in place of `promoted`, with the output"
        f" ModelBucketName of stack {stack} as BUCKET"
    )


def _wrong_package(arn: str, workload: str, before: dict[str, EnvironmentSettings]) -> Iterator[str]:
    """What is wrong with a version that is registered in none of the environments on the way here."""
    group = arn.rpartition("model-package/")[2].partition("/")[0]
    groups = {endpoint_name(name, workload): each for name, each in before.items()}
    if group not in groups:
        yield f"is a version of group {group!r}; write one of {' or '.join(map(repr, groups))}"
        return
    registry = groups[group]
    if registry.account and arn.split(":")[4] != registry.account:
        yield (
            f"must be in account {registry.account}, where environment {registry.name!r} is; write the ARN of a"
            " version there"
        )
