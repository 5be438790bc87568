"""Says what to write below `endpoints` to serve a model where a config pins what is served."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from launchpad.cli.following import of
from launchpad.cli.terminal import note, say
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.endpoints import NoEndpointError, job_of
from launchpad.platform_client.model_packages import APPROVED, PENDING, Version, approved_before
from launchpad.platform_client.outputs import newest_archive
from launchpad.platform_client.ownership import unless_gone
from launchpad.platform_client.platform import Platform, key_arn
from launchpad.platform_client.served_model import endpoint_of

if TYPE_CHECKING:
    from launchpad.promotions.pin_text import Pin
    from launchpad.settings import PinnedEndpoint


def pinned_artifact(workload: str, artifact: str, key: str | None) -> str:
    """The lines of a config that pin an artifact; `key` is that of its bucket, if known."""
    return pin_lines(workload, {"model_data": artifact, **({"model_data_key": key} if key else {})})


def pinned_package(workload: str, arn: str) -> str:
    """The lines of a config that pin a version of the environment's own group."""
    return pin_lines(workload, {"model_package": arn})


def show_pin_elsewhere(connection: Connection, workload: str, artifact: str) -> None:
    """Print how another environment's config pins an artifact of this one."""
    note("to serve it in another environment, pin it there; another account must be let in to bucket and key:")
    say(pinned_artifact(workload, artifact, key_arn(connection)))


def refuse_pinned(connection: Connection, workload: str) -> None:
    """Refuse to serve a model directly where a config pins what is served, before anything is asked of a function.

    Raises:
        LaunchpadError: it does.
    """
    if connection.settings.direct_deploy:
        return
    environment = connection.name
    endpoint = endpoint_of(environment, workload)
    if unless_gone(connection.client("sagemaker").describe_endpoint, EndpointName=endpoint) is None:
        raise NoEndpointError(connection, endpoint)
    raise LaunchpadError(
        f"environment {environment!r} serves what config/{environment}.yaml pins (direct_deploy: false): propose"
        f" another pin with `launchpad promote {workload} --from ENV --to {environment} --pull-request`, or an earlier"
        f" one with `launchpad rollback {workload} --env {environment} --pull-request`"
    )


def show_what_comes_next(connection: Connection, workload: str, version: Version) -> None:
    """Print what leads from a registered version to an endpoint."""
    environment = connection.name
    if version.status == PENDING:
        approve = f"launchpad approve {workload} --version {version.number}{of(environment)}"
        note(f"version {version.number} of {version.group} waits for approval: `{approve}`")
    elif version.status == APPROVED:
        if not connection.settings.direct_deploy:
            note(f"to serve it, pin it in config/{environment}.yaml, then `launchpad deploy{of(environment)}`:")
            say(pinned_package(workload, version.arn))
        for target in connection.settings.promotes_to:
            promote = f"launchpad promote {workload} --from {environment} --to {target} --pull-request"
            note(f"to serve it in {target} (a data scientist's command): `{promote}`")
        if not connection.settings.promotes_to:
            show_pin_elsewhere(connection, workload, version.artifact)


def show_blocked_pins(arn: str) -> None:
    """Print which configs pin a version, and which of their deploys are refused once it is rejected."""
    from launchpad.settings import environment_names, load_environment

    for name in environment_names():
        try:
            endpoints = load_environment(name).endpoints
        except LaunchpadError as error:
            note(f"whether config/{name}.yaml pins it is not known: {error}")
            continue
        for endpoint in endpoints:
            models = [each for _, each in endpoint.pinned_models]
            promoted = arn in {each.promoted.model_package for each in models if each.promoted}
            if promoted or arn in {each.model_package for each in models}:
                deploys = "the next deploy" if promoted else "each deploy that makes its model anew, and the workflow's"
                way_back = f"launchpad rollback {endpoint.workload}{of(name)} --pull-request"
                note(
                    f"config/{name}.yaml pins it for {endpoint.workload}: rejected, it stops {deploys} of {name}"
                    f" until another version is pinned (`{way_back}`)"
                )


def pin_lines(workload: str, pin: Pin) -> str:
    """The lines of a config that pin what `pin` says."""
    from launchpad.promotions.pin_text import item_lines

    return "\n".join(["endpoints:", *item_lines(workload, pin, "  ")])


def earlier_pin(connection: Connection, platform: Platform, workload: str, job: str | None) -> dict[str, Any]:
    """The keys of a pin that serve what was served before what the config pins now, or the model of `job`.

    The config's earlier versions in git come first, then the model registry.

    Raises:
        LaunchpadError: the config pins no endpoint of the workload, or what it pinned before can't be known.
    """
    from launchpad.promotions.earlier import artifacts_of, pins_before

    pins = [pin for pin in connection.settings.endpoints if pin.workload == workload]
    if not pins:
        raise LaunchpadError(f"config/{connection.name}.yaml pins no endpoint of {workload!r}, so none is served")
    for pin in pins_before(connection.settings.source, workload):
        if job is None or job in map(job_of, artifacts_of(pin)):
            return pin
    if job:
        return _pin_of_job(connection, platform, pins[0], job)
    history = f"`git log -p config/{connection.name}.yaml` has what it pinned before"
    if not pins[0].model_package:
        raise LaunchpadError(
            f"config/{connection.name}.yaml pins an artifact of {workload!r}, and no commit of this branch has another"
            f" pin: {history}; or name a job with --to"
        )
    earlier = approved_before(connection, workload, int(pins[0].model_package.rpartition("/")[2]))
    if earlier is None:
        raise LaunchpadError(f"no earlier version of {workload!r} is approved; {history}")
    return {"model_package": earlier.arn, **_preprocessors(pins[0], platform)}


def _pin_of_job(connection: Connection, platform: Platform, pin: PinnedEndpoint, job: str) -> dict[str, Any]:
    """Pin the job's newest archive with scripts, in the bucket that the config pins from now."""
    bucket = pin.model_data.removeprefix("s3://").partition("/")[0] if pin.model_data else platform.model_bucket
    archive = newest_archive(connection, bucket, f"{pin.workload}/models/{job}/")
    if archive is None:
        raise LaunchpadError(f"s3://{bucket}/{pin.workload}/models/{job}/ has no archive: {job} was never served")
    key = {"model_data_key": pin.model_data_key} if pin.model_data_key else {}
    return {"model_data": archive, **key, **_preprocessors(pin, platform)}


def _preprocessors(pin: PinnedEndpoint, platform: Platform) -> dict[str, Any]:
    """The key with the artifacts that the pin's model is served behind, which the registry doesn't know of another."""
    artifacts = pin.preprocessors_from(platform.model_bucket)
    return {"preprocessors": artifacts} if artifacts else {}
