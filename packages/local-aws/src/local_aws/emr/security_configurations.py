"""Security configurations: stored JSON. They do not encrypt anything here."""

from __future__ import annotations

import time
from typing import Any

from local_aws.api.service import Operation, Scope
from local_aws.api.wire import read_json
from local_aws.emr.errors import invalid_request

SECTIONS = {
    "EncryptionConfiguration",
    "AuthenticationConfiguration",
    "AuthorizationConfiguration",
    "InstanceMetadataServiceConfiguration",
    "IdentityCenterConfiguration",
    "LakeFormationConfiguration",
}


class SecurityConfigurations:
    """The operations."""

    def __init__(self) -> None:
        self.kept: dict[tuple[Scope, str], dict[str, Any]] = {}

    def operations(self) -> dict[str, Operation]:
        """The operations, by AWS's names."""
        return {
            "CreateSecurityConfiguration": self.create,
            "DescribeSecurityConfiguration": lambda scope, request: self.get(scope, request["Name"]),
            "DeleteSecurityConfiguration": self.delete,
            "ListSecurityConfigurations": self.list,
        }

    def create(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        """CreateSecurityConfiguration."""
        name = request["Name"]
        if (scope, name) in self.kept:
            raise invalid_request(f"Security configuration with name '{name}' already exists.")
        _check(request["SecurityConfiguration"])
        self.kept[scope, name] = {**request, "CreationDateTime": time.time()}
        return self.kept[scope, name]

    def get(self, scope: Scope, name: str) -> dict[str, Any]:
        """The configuration, or EMR's error."""
        if (scope, name) not in self.kept:
            raise invalid_request(f"Security configuration with name '{name}' does not exist.")
        return self.kept[scope, name]

    def delete(self, scope: Scope, request: dict[str, Any]) -> None:
        """DeleteSecurityConfiguration."""
        self.get(scope, request["Name"])
        del self.kept[scope, request["Name"]]

    def list(self, scope: Scope, _request: dict[str, Any]) -> dict[str, Any]:
        """ListSecurityConfigurations."""
        return {
            "SecurityConfigurations": [
                configuration for (owner, _), configuration in self.kept.items() if owner == scope
            ]
        }


def _check(text: str) -> None:
    try:
        parsed = read_json(text)
    except ValueError as error:
        raise invalid_request(f"Security configuration is no valid JSON: {error}") from error
    unknown = sorted(parsed.keys() - SECTIONS) if isinstance(parsed, dict) else ["(no object)"]
    if unknown:
        raise invalid_request(f"Security configuration has unknown sections: {', '.join(unknown)}.")
    encryption = parsed.get("EncryptionConfiguration", {})
    for kind in ("AtRest", "InTransit"):
        if encryption.get(f"Enable{kind}Encryption") and f"{kind}EncryptionConfiguration" not in encryption:
            raise invalid_request(f"Enable{kind}Encryption needs {kind}EncryptionConfiguration.")
