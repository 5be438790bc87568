"""The promoted models of an environment's config, and the role that copies them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from launchpad.platform_client.connection import Connection
from launchpad.promotions.denials import DeniedError
from launchpad.requests.names import pin_check_role_name, promotion_role_name

if TYPE_CHECKING:
    from launchpad.settings.pinned_models import PromotedModel
    from launchpad.workload import Workload

SESSION = "launchpad-promotion"


@dataclass(frozen=True)
class Promotion:
    """One promoted model of one endpoint."""

    workload: Workload
    promoted: PromotedModel

    @property
    def words(self) -> str:
        """Such as `boston-housing, version 7, from dev`."""
        return f"{self.workload.name}, version {self.promoted.model_package.rpartition('/')[2]}, from {self.source}"

    @property
    def source(self) -> str:
        """The environment that it comes from."""
        return self.promoted.source


@dataclass(frozen=True)
class Clients:
    """Clients with the promotion role of the environment that is promoted to."""

    connection: Connection
    credentials: Mapping[str, str]

    def client(self, service: str) -> Any:
        """A client."""
        return self.connection.client(service, credentials=self.credentials)


Reader = Clients | Connection
"""Makes clients with the credentials of a role, or with those of the caller."""


def promotions(connection: Connection, only: str | None = None) -> list[Promotion]:
    """The promoted models of all endpoints, or of the one whose stack is the part `only`."""
    from launchpad.catalogue import load_workload

    return [
        Promotion(load_workload(endpoint.workload), promoted)
        for endpoint in connection.settings.endpoints
        if endpoint.promotions and only in (None, f"endpoint-{endpoint.workload}")
        for _, promoted in endpoint.promotions
    ]


def role_arn(connection: Connection, name: str) -> str:
    """The ARN of a role of the environment's account."""
    from launchpad.config_files.aws_facts import partition_of

    account = connection.account or connection.client("sts").get_caller_identity()["Account"]
    partition = partition_of(connection.settings.region)
    return f"arn:{partition}:iam::{account}:role/{name}"


def as_promotion_role(connection: Connection) -> Clients | None:
    """Clients with the promotion role; None if the caller may not assume it, or it does not exist yet."""
    return _assumed(connection, promotion_role_name(connection.name))


def as_check_role(connection: Connection) -> Clients | None:
    """Clients with the role that only reads what pins name; None as above."""
    return _assumed(connection, pin_check_role_name(connection.name))


def _assumed(connection: Connection, name: str) -> Clients | None:
    credentials = connection.role_credentials(role_arn(connection, name), SESSION)
    return Clients(connection, credentials) if credentials else None


def require_promotion_role(connection: Connection) -> Clients:
    """Clients with the promotion role, which a deploy has just created or updated.

    Raises:
        DeniedError: the caller may not assume it, perhaps not yet.
    """
    clients = as_promotion_role(connection)
    if clients is None:
        arn = role_arn(connection, promotion_role_name(connection.name))
        raise DeniedError(
            f"{arn}, which copies models and images, can't be assumed: let the deploying principal do"
            " sts:AssumeRole on it"
        )
    return clients
