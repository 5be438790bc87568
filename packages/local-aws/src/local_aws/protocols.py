"""What services use of the rest of AWS, as small interfaces. The emulator implements them (`ministack/emulator.py`)."""

from __future__ import annotations

from collections.abc import Mapping
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
        """Whether S3 has an object whose key begins with the location's; does not block."""


class Images(Protocol):
    """ECR."""

    def manifest_media_type(self, scope: Scope, uri: str) -> str | None:
        """The media type of an image's manifest; None if the scope's registry has no such image. Does not block."""


class RoleCredentials(Protocol):
    """STS."""

    def role_credentials(self, scope: Scope, role_arn: str | None) -> Credentials:
        """A program's credentials: the role's, or the account's own without a role or if IAM is not enforced."""


class Emulator(Events, Images, Objects, RoleCredentials, Protocol):
    """All of them: one object per server."""
