"""What services use of the rest of AWS, as small interfaces. The emulator implements them (`ministack/emulator.py`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from local_aws.api.service import Scope
from local_aws.clients import Credentials
from local_aws.files.storage import Location


class Events(Protocol):
    """EventBridge."""

    def put_event(self, scope: Scope, entry: Mapping[str, Any]) -> None:
        """Put an AWS service's event on the default bus; from any thread."""


class Objects(Protocol):
    """S3."""

    def object_exists(self, scope: Scope, location: Location) -> bool:
        """Whether S3 has an object whose key begins with the location's; does not block.

        Another account's counts if its bucket lets the scope's account in; where IAM is enforced, `Guard` asks for
        the role that reads it.
        """


class Policies(Protocol):
    """Resource policies of services that keep them here."""

    def refused(self, scope: Scope, policy: str, action: str, resource: str) -> str | None:
        """The ARN of the caller, of another account than the resource, if the policy doesn't let it in."""


class Images(Protocol):
    """ECR."""

    def manifest_media_type(self, scope: Scope, uri: str) -> str | None:
        """The media type of an image's manifest; None if the scope's registry has no such image. Does not block."""


class RoleCredentials(Protocol):
    """STS."""

    def role_credentials(self, scope: Scope, role_arn: str | None) -> Credentials:
        """A program's credentials: the role's, or the account's own without a role or if IAM is not enforced."""


class Metrics(Protocol):
    """CloudWatch. `later` gets everything else onto the event loop, where all of these are called."""

    def later(self, call: Callable[[], object]) -> None:
        """Run it on the server's event loop; from any thread."""

    def put_metrics(self, scope: Scope, namespace: str, data: Iterable[Mapping[str, Any]]) -> None:
        """Store items of PutMetricData's MetricData; dimensions are a mapping, timestamps seconds since 1970."""

    def evaluate_alarms(self, *, minute: bool) -> None:
        """Evaluate the alarms with a period below a minute, and with ``minute`` all of them."""

    def put_alarm(self, scope: Scope, alarm: Mapping[str, Any]) -> str:
        """Create or change a metric alarm as a service does; returns its ARN."""

    def delete_alarms(self, scope: Scope, names: Iterable[str]) -> None:
        """Delete metric alarms, if they exist."""

    def alarms(self, scope: Scope) -> list[dict[str, Any]]:
        """All metric alarms as DescribeAlarms shows them; only to be read."""


class Schedules(Protocol):
    """EventBridge's expressions."""

    def next_time(self, expression: str, after: datetime) -> datetime | None:
        """When a cron or at expression is next due, in the timezone of ``after``; None if never again.

        Raises `ValueError` for an expression that isn't one; rate expressions have no such time.
        """


@dataclass(frozen=True)
class VpcNetwork:
    """A VpcConfig: where the instances of a job or a model have their network interfaces."""

    subnets: tuple[str, ...]
    groups: tuple[str, ...]
    public: bool = False
    """Whether instances may have public addresses, so that an internet gateway is a way. SageMaker's have none."""

    @classmethod
    def of(cls, config: Mapping[str, Any] | None) -> VpcNetwork | None:
        """The network of a request's VpcConfig; None without one, for SageMaker's own network, which reaches all."""
        return cls(tuple(config["Subnets"]), tuple(config["SecurityGroupIds"])) if config else None


class PrivateNetworks(Protocol):
    """Who is in which VPC, and what that VPC lets through. From any thread; none of these blocks."""

    def check(self, scope: Scope, vpc: VpcNetwork) -> None:
        """Raise `AwsError` unless subnets and security groups exist, and are in one VPC."""

    def join(
        self, scope: Scope, role_arn: str | None, vpc: VpcNetwork, log: Callable[[str], object] | None = None
    ) -> Credentials:
        """Credentials whose calls pass through the VPC. With a ``log``, which gets a line per service out of reach,
        they are one program's, until `leave`."""

    def leave(self, access_key: str) -> None:
        """Forget a program's credentials, if they are from `join`."""

    def missing(self, scope: Scope, vpc: VpcNetwork, service: str) -> str | None:
        """Why the VPC has no way to a service, by its endpoint's last part (``s3``); None if it has."""

    def leads_out(self, scope: Scope, vpc: VpcNetwork) -> bool:
        """Whether the VPC has a way to the internet."""


class Emulator(Events, Images, Metrics, Objects, Policies, RoleCredentials, Schedules, Protocol):
    """All of them: one object per server."""

    networks: PrivateNetworks
