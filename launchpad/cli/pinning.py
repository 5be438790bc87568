"""Says what to write below `endpoints` to serve a model where a config pins what is served."""

from __future__ import annotations

from launchpad.cli.following import of
from launchpad.cli.terminal import note, say
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.model_packages import APPROVED, PENDING, Version
from launchpad.platform_client.platform import key_arn


def pinned_artifact(workload: str, artifact: str, key: str | None) -> str:
    """The lines of a config that pin an artifact; `key` is that of its bucket, if known."""
    lines = ["endpoints:", f"  - workload: {workload}", f"    model_data: {artifact}"]
    return "\n".join([*lines, *([f"    model_data_key: {key}"] if key else [])])


def pinned_package(workload: str, arn: str) -> str:
    """The lines of a config that pin a version of the environment's own group."""
    return f"endpoints:\n  - workload: {workload}\n    model_package: {arn}"


def show_pin_elsewhere(connection: Connection, workload: str, artifact: str) -> None:
    """Print how another environment's config pins an artifact of this one."""
    note("to serve it in another environment, pin it there; another account must be let in to bucket and key:")
    say(pinned_artifact(workload, artifact, key_arn(connection)))


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
        show_pin_elsewhere(connection, workload, version.artifact)
