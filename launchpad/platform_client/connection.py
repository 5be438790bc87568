"""Connects to one environment's AWS: to `local` by its address alone, to any other by the usual credential chain.

Note: for `local` no profile of the caller is ever read, and requests go to loopback only, so that nothing done there
can reach a real account. They are signed with the secret of the local AWS's state folder.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.local_address import VARIABLE, LocalAddress, is_local, local_address

if TYPE_CHECKING:
    import boto3

    from launchpad.settings import EnvironmentSettings

LOCAL = "local"
"""The name of the environment that runs on this machine."""
LOCAL_ACCOUNT = "123456789012"


@dataclass(frozen=True)
class Connection:
    """Clients for one environment, and the variables by which other programs reach the same one."""

    settings: EnvironmentSettings
    local: LocalAddress | None = None
    """None if the environment is on AWS."""
    caller: Mapping[str, str] = field(default_factory=lambda: dict(os.environ), repr=False)
    _clients: dict[tuple[Any, ...], Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False, compare=False)

    @property
    def name(self) -> str:
        """The environment's name."""
        return self.settings.name

    @property
    def account(self) -> str | None:
        """The account that the environment must be in; None if its config leaves that to the credentials."""
        return self.settings.account or (LOCAL_ACCOUNT if self.local else None)

    @property
    def poll_seconds(self) -> float:
        """The interval between two polls: short where any environment is on the local AWS, which allows any rate."""
        return 0.25 if self.local or is_local(self.caller.get(VARIABLE, "")) else 3.0

    def client(
        self,
        service: str,
        *,
        read_timeout: float = 60,
        attempts: int | None = None,
        credentials: Mapping[str, str] | None = None,
    ) -> Any:
        """A boto3 client; `read_timeout` in seconds. `credentials` replace the caller's, under boto3's names.

        Clients with the caller's credentials are kept, because each takes 20 to 90 ms to make. Threads may share them,
        but boto3 must not make two at once.
        """
        key = (service, read_timeout, attempts)
        with self._lock:
            if credentials:
                return self._new_client(service, read_timeout, attempts, credentials)
            if key not in self._clients:
                self._clients[key] = self._new_client(service, read_timeout, attempts, {})
            return self._clients[key]

    def _new_client(
        self, service: str, read_timeout: float, attempts: int | None, credentials: Mapping[str, str]
    ) -> Any:
        from botocore.config import Config

        retries = {"mode": "standard", "total_max_attempts": attempts or (2 if self.local else 5)}
        if not self.local:
            config = Config(read_timeout=read_timeout, connect_timeout=min(read_timeout, 60), retries=retries)
            return self.session.client(service, config=config, **credentials)
        config = Config(
            read_timeout=read_timeout,
            connect_timeout=5,
            retries=retries,
            proxies={},
            s3={"addressing_style": "path"},
        )
        return self.session.client(service, endpoint_url=self.local.endpoint_url, config=config, **credentials)

    def role_credentials(self, role: str, session: str) -> dict[str, str]:
        """Assume a role and return its credentials under boto3's names; empty if the caller may not assume it.

        Raises:
            ClientError: another reason, such as credentials of the caller that have expired.
        """
        from botocore.exceptions import ClientError

        try:
            answer = self.client("sts", read_timeout=20, attempts=2).assume_role(RoleArn=role, RoleSessionName=session)[
                "Credentials"
            ]
        except ClientError as error:
            if (
                error.response["Error"]["Code"] != "AccessDenied"
            ):  # which is also the answer where the role doesn't exist
                raise
            return {}
        return {
            "aws_access_key_id": answer["AccessKeyId"],
            "aws_secret_access_key": answer["SecretAccessKey"],
            "aws_session_token": answer["SessionToken"],
        }

    @cached_property
    def session(self) -> boto3.Session:
        """The session that all clients come from."""
        from launchpad.platform_client.denied_objects import name_denied_objects

        session = self._new_session()
        name_denied_objects(session.events, lambda: self.caller_arn)
        return session

    def _new_session(self) -> boto3.Session:
        import boto3
        from botocore.session import Session

        if not self.local:
            return boto3.Session(region_name=self.settings.region)
        nothing = {
            "profile": (None, None, None, None),
            "config_file": (None, None, os.devnull, None),
            "credentials_file": (None, None, os.devnull, None),
        }
        return boto3.Session(
            aws_access_key_id=self.account,
            aws_secret_access_key=self.local.secret,
            region_name=self.settings.region,
            botocore_session=Session(session_vars=nothing),
        )

    @cached_property
    def identity(self) -> Mapping[str, str]:
        """The caller (STS GetCallerIdentity), which no policy can deny."""
        identity: Mapping[str, str] = self.client("sts").get_caller_identity()
        return identity

    @property
    def caller_arn(self) -> str:
        """The ARN of the credentials; empty for the local AWS's own, or if AWS doesn't say."""
        from botocore.exceptions import BotoCoreError, ClientError

        if self.local:
            return ""
        try:
            return self.identity["Arn"]
        except (BotoCoreError, ClientError):
            return ""

    def variables(self) -> dict[str, str]:
        """The environment variables of a program that uses this environment's AWS, such as the CDK CLI."""
        region = {"AWS_REGION": self.settings.region, "AWS_DEFAULT_REGION": self.settings.region}
        if not self.local:
            return {**self.caller, **region}
        return {
            **{name: value for name, value in self.caller.items() if not name.startswith("AWS_")},
            **region,
            "AWS_ENDPOINT_URL": self.local.endpoint_url,
            "AWS_ACCESS_KEY_ID": self.account or LOCAL_ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": self.local.secret,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
        }


def connect(environment: str) -> Connection:
    """Connect to an environment by its name.

    Raises:
        LaunchpadError: the environment doesn't exist, the local AWS isn't running, or the credentials belong to an
            account that is not the environment's.
    """
    from launchpad.settings import load_environment

    connection = connect_unchecked(load_environment(environment))
    if connection.settings.account and not connection.local:
        check_account(connection)
    return connection


def connect_unchecked(settings: EnvironmentSettings) -> Connection:
    """Connect without asking AWS whose the credentials are.

    Raises:
        LaunchpadError: the local AWS isn't running.
    """
    return Connection(settings, local_address() if settings.name == LOCAL else None)


def check_account(connection: Connection) -> None:
    """Refuse credentials of an account other than the config's (STS GetCallerIdentity).

    Raises:
        LaunchpadError: they belong to another account.
    """
    mismatch = account_mismatch(connection, connection.identity)
    if mismatch:
        raise LaunchpadError(mismatch)


def account_mismatch(connection: Connection, identity: Mapping[str, str]) -> str | None:
    """What is wrong with the caller's account, with the remedy; None if it is the config's, or that names none."""
    if connection.account is None or identity["Account"] == connection.account:
        return None
    return (
        f"environment {connection.name!r} is in account {connection.account}, but your credentials are those of"
        f" {identity['Arn']}; choose others (AWS_PROFILE=...), or fix `account` in config/{connection.name}.yaml"
    )
