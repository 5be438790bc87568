"""An identity provider that an account knows, and roles that trust it."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from tests.local_aws.identity_providers import SIGN_IN, Claims, IdentityProvider, role_claims
from tests.local_aws.launcher import LocalAws

ACTIONS = ("sts:AssumeRoleWithSAML", "sts:TagSession", "sts:SetSourceIdentity")


@dataclass(frozen=True)
class Company:
    """The provider `arn` of an account, and the identity provider behind it."""

    aws: LocalAws
    provider: IdentityProvider
    arn: str

    @classmethod
    def create(cls, aws: LocalAws, provider: IdentityProvider | None = None, metadata: str = "") -> Company:
        """Tell the account of an identity provider; ``metadata`` are more attributes of its document."""
        provider, name = provider or IdentityProvider(), f"company-{uuid.uuid4().hex[:8]}"
        request = {"Name": name, "SAMLMetadataDocument": provider.metadata(metadata)}
        return cls(aws, provider, aws.client("iam").create_saml_provider(**request)["SAMLProviderArn"])

    def role(self, *, actions: tuple[str, ...] = ACTIONS[:1], effect: Any = None, **condition: Any) -> str:
        """The ARN of a role for people of the company."""
        allow = {"Effect": "Allow", "Principal": {"Federated": self.arn}, "Action": list(actions)}
        allow["Condition"] = condition or {"StringEquals": {"SAML:aud": [SIGN_IN]}}
        document = json.dumps({"Version": "2012-10-17", "Statement": [allow, *([effect] if effect else [])]})
        name = f"people-{uuid.uuid4().hex[:8]}"
        created = self.aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document)
        return str(created["Role"]["Arn"])

    def claims(self, role: str, **more: Any) -> Claims:
        return role_claims(role, self.arn, **more)

    def assume(self, role: str, assertion: str, **more: Any) -> dict[str, Any]:
        """Send a response of the identity provider to STS, which takes no credentials for it."""
        request = {"RoleArn": role, "PrincipalArn": self.arn, "SAMLAssertion": assertion, **more}
        return dict(self.aws.client("sts").assume_role_with_saml(**request))

    def sign_in(self, role: str, **more: Any) -> dict[str, Any]:
        return self.assume(role, self.provider.assertion(self.claims(role, **more)))

    def refused(self, role: str, assertion: str, **more: Any) -> tuple[str, str, int]:
        """The code, the words and the HTTP status of STS's refusal."""
        try:
            self.assume(role, assertion, **more)
        except ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            return error.response["Error"]["Code"], error.response["Error"]["Message"], status
        return "", "it was not refused", 200
