"""Connects to an environment whose file in `config/` may be gone, to remove it.

The name, the region and the account are all that it takes to find the stacks; the credentials say the account. Whether
the environment retains data is then unknown, and true is the safe assumption.
"""

from __future__ import annotations

import os
import re

from launchpad import paths
from launchpad.messages.errors import LaunchpadError, suggest
from launchpad.platform_client.connection import LOCAL, Connection, check_account, connect
from launchpad.platform_client.local_address import local_address


def connect_for_removal(
    environment: str, region: str | None = None, account: str | None = None
) -> tuple[Connection, bool]:
    """Connect to an environment by its file, or else by its name; return also whether it has a file.

    Raises:
        LaunchpadError: the file says another region or account, or nothing says the region; and as `connect`.
    """
    if not os.path.lexists(paths.CONFIG / f"{environment}.yaml"):
        return _connect_by_name(environment, region, account), False
    connection = connect(environment)
    for option, value, config in (
        ("region", region, connection.settings.region),
        ("account", account, connection.account),
    ):
        if value and value != config:
            raise LaunchpadError(
                f"--{option} {value}: config/{environment}.yaml says {config or 'none'}; leave the option out, because"
                " it is for environments without a file"
            )
    return connection, True


def _connect_by_name(environment: str, region: str | None, account: str | None) -> Connection:
    from launchpad.settings import EnvironmentSettings, environment_names
    from launchpad.settings.environment import NAME

    remedy = suggest(environment, environment_names(), "environments")
    if not re.fullmatch(NAME, environment):
        raise LaunchpadError(f"no environment {environment!r}; {remedy}")
    if not (region := region or _region_of_the_caller(environment)):
        raise LaunchpadError(
            f"no environment {environment!r}; {remedy}; if it is deployed and its file is gone, say where: --region"
        )
    settings = EnvironmentSettings.model_validate({"name": environment, "region": region, "account": account})
    if environment == LOCAL:
        return Connection(settings, local_address())
    connection = Connection(settings)
    if account:
        check_account(connection)
    return connection


def _region_of_the_caller(environment: str) -> str | None:
    """The region of the caller's AWS configuration, as boto3 reads it; for `local` no profile is ever read."""
    import boto3

    if environment == LOCAL:
        return os.environ.get("AWS_REGION")
    region: str | None = boto3.Session().region_name
    return region
