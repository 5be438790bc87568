"""The environment's people, who now come from a SAML provider: the trust of their roles changes, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from launchpad.duties import Duty, role_name
from tests.end_to_end.duty_walks import NAME, SCIENTIST, SECOND, WORK, WORKLOAD
from tests.end_to_end.enforced_account import NUMBER, Account, variables
from tests.end_to_end.identities import CONFIG
from tests.local_aws.identity_providers import SIGN_IN, IdentityProvider, role_claims

PROVIDER = f"arn:aws:iam::{NUMBER}:saml-provider/company"
BY_SAML = CONFIG.partition("people:")[0] + f"people:\n  identity_provider: {PROVIDER}\n  session_hours: 8\n"
BY_SAML += "".join(f"  {duty.key}: {{}}\n" for duty in Duty)
PERSON = "grace@example.com"
READING = tuple(line for line in WORK[3][SCIENTIST] if SECOND in line)
LINES = (f"data {WORKLOAD}", f"run {WORKLOAD} --token saml", f"history {WORKLOAD}", *READING)
"""A scientist's commands in an environment that serves nothing."""


@dataclass(frozen=True)
class Company:
    """An account whose people a SAML provider knows."""

    account: Account
    provider: IdentityProvider

    def person(self, duty: Duty, *, has: Duty | None = None, recipient: str = SIGN_IN) -> dict[str, str]:
        """Sign in for a duty, with an assertion for the duty that a person has, by default this one."""
        role, other = (f"arn:aws:iam::{NUMBER}:role/{role_name(NAME, each)}" for each in (duty, has or duty))
        assertion = self.provider.assertion(role_claims(other, PROVIDER, PERSON, recipient=recipient))
        sts = self.account.aws.client("sts")  # botocore sends the request unsigned
        return variables(
            sts.assume_role_with_saml(
                RoleArn=role, PrincipalArn=PROVIDER, SAMLAssertion=assertion, DurationSeconds=8 * 3600
            )
        )


@pytest.fixture(scope="module")
def company(worked: Account) -> Company:
    """The environment after its config has named the provider, and its people's stack was deployed."""
    provider = IdentityProvider()
    worked.aws.client("iam").create_saml_provider(Name="company", SAMLMetadataDocument=provider.metadata())
    (worked.checkout.root / "config" / f"{NAME}.yaml").write_text(BY_SAML)
    result = worked.launchpad("deploy", "--env", NAME, "--only", "people", "--yes")
    assert result.returncode == 0, result.stdout + result.stderr
    return Company(worked, provider)
