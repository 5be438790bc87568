"""The account: whether the local AWS answers, whether credentials are valid, and whether they are the config's."""

from __future__ import annotations

from collections.abc import Iterable

from launchpad.doctor.check import Check, Finding, ok, problem, warning
from launchpad.doctor.deployment import Deployment
from launchpad.platform_client.connection import account_mismatch


def checks() -> list[Check]:
    """All checks of this group. They come first, because no other question to AWS has an answer without them."""
    return [Check("account", "credentials", credentials, cheap=True, asks_aws=False)]


def credentials(deployment: Deployment) -> Iterable[Finding]:
    """Ask STS who calls, and compare the account with the config's."""
    connection = deployment.connection
    if connection is None:
        yield problem(*_split(deployment.unreachable), name="local AWS")
        return
    identity = deployment.identity
    if mismatch := account_mismatch(connection, identity):
        yield problem(*_split(mismatch))
        return
    yield ok(identity["Arn"])
    if connection.account is None:
        account = identity["Account"]
        yield warning(
            f"the config names no account, so these credentials decide: {account}",
            f'write `account: "{account}"` into config/{connection.name}.yaml',
            "account",
        )


def _split(message: str) -> tuple[str, str]:
    """A message of the form `what is wrong; what to do`."""
    text, _, remedy = message.partition("; ")
    return text, remedy
