"""STS's AssumeRoleWithSAML, which ministack lacks: a role's credentials for a person whom an identity provider knows.

The assertion and the role's trust policy decide, with IAM enforced and without.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from ministack.core.iam_evaluator import EvalContext, evaluate_trust_policy
from ministack.core.responses import get_region
from ministack.services import sts

from local_aws.api.errors import AwsError, Response
from local_aws.front.requests import read_request
from local_aws.ministack.assumed_roles import TOO_LONG, exceeds, role_of
from local_aws.ministack.enforcement import statements_on
from local_aws.ministack.saml_providers import ARN, provider_of

if TYPE_CHECKING:
    from local_aws.iam.saml.assertions import Assertion

OPERATION = "AssumeRoleWithSAML"
ROLE = re.compile(r"arn:aws:iam::[0-9]{12}:role/.+")
RESERVED = "AWSReservedSSO_"
"""Identity Center's roles, which take no assertion (API reference)."""
DENIED = AwsError("AccessDenied", f"Not authorized to perform sts:{OPERATION}", 403)
DEFAULT_SECONDS = 3600


def take_assertions() -> None:
    """Add the operation to STS. Once per process."""
    inner = sts.handle_request

    async def handle_request(method: str, path: str, headers: Any, body: bytes, query: Any) -> Response:
        request = read_request("sts", method, path, headers, body, query)
        if request is None or request.operation.name != OPERATION:
            response: Response = await inner(method, path, headers, body, query)
            return response
        try:
            return await _assume_role(request.members)
        except AwsError as error:
            refusal: Response = sts._error(error.status, error.code, escape(error.message), ns="sts")
            return refusal

    sts.handle_request = handle_request


async def _assume_role(request: Mapping[str, Any]) -> Response:
    from local_aws.iam.saml.assertions import discovery_error  # here, because they load lxml and cryptography
    from local_aws.iam.saml.responses import verified_assertion

    role_arn, provider_arn = request["RoleArn"], request["PrincipalArn"]
    if not ROLE.fullmatch(role_arn) or not ARN.fullmatch(provider_arn):
        raise AwsError("ValidationError", "Request ARN is invalid")
    policies, refusal = sts._session_policies(request, _account(role_arn))
    if refusal:
        refused: Response = refusal
        return refused
    provider = provider_of(provider_arn)
    if provider is None:
        raise discovery_error("Specified provider doesn't exist", "AuthSamlManifestNotFoundException")
    document = provider["SAMLMetadataDocument"]
    assertion = await asyncio.to_thread(verified_assertion, request["SAMLAssertion"], document)
    role = _assumable(role_arn, provider_arn, assertion)
    session = _registered(role, assertion, policies, _seconds(request, role, assertion))
    content = f"<{OPERATION}Result>{session}{_claims(assertion, provider_arn)}</{OPERATION}Result>"
    response: Response = sts._xml(200, f"{OPERATION}Response", content, ns="sts")
    return response


def _account(arn: str) -> str:
    return arn.split(":")[4]


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]


def _assumable(role_arn: str, provider_arn: str, assertion: Assertion) -> dict[str, Any]:
    """The role, if the assertion names it and its trust policy lets the person in. Raises `AwsError`."""
    role: dict[str, Any] | None = role_of(role_arn)
    if role is None or _account(provider_arn) != _account(role_arn) or _name(role_arn).startswith(RESERVED):
        raise DENIED
    if not assertion.subject or not assertion.names(role_arn, provider_arn):
        raise DENIED
    actions = [f"sts:{OPERATION}"]
    actions += ["sts:TagSession"] if assertion.tags else []
    actions += ["sts:SetSourceIdentity"] if assertion.source_identity else []
    if not all(_trusts(role, provider_arn, assertion, action) for action in actions):
        raise DENIED
    return role


def _trusts(role: dict[str, Any], provider_arn: str, assertion: Assertion, action: str) -> bool:
    context = EvalContext(
        principal_arn=provider_arn,
        principal_type="SAMLUser",
        principal_account=_account(provider_arn),
        action=action,
        resource_arn=role["Arn"],
        region=get_region(),
        request_tags=assertion.tags,
        service_context=assertion.condition_keys(_account(provider_arn), _name(provider_arn)),
    )
    document = statements_on(role.get("AssumeRolePolicyDocument"), "Federated", provider_arn)
    return bool(evaluate_trust_policy(document, provider_arn, context))


def _seconds(request: Mapping[str, Any], role: Mapping[str, Any], assertion: Assertion) -> int:
    """How long the session lasts: what the request asks for, and no longer than the assertion lets it."""
    seconds = int(request.get("DurationSeconds", DEFAULT_SECONDS))
    if exceeds(role, seconds):
        raise AwsError("ValidationError", TOO_LONG)
    limits = [seconds, assertion.session_duration or seconds]
    if assertion.session_ends is not None:
        limits.append(int((assertion.session_ends - datetime.now(UTC)).total_seconds()))
    return max(1, min(limits))


def _registered(role: Mapping[str, Any], assertion: Assertion, policies: Mapping[str, Any], seconds: int) -> str:
    """A new session of the role, which STS knows from now on: its members of the response."""
    access_key, secret, token = sts._gen_session_access_key(), sts._gen_secret(), sts._gen_session_token()
    arn = f"arn:aws:sts::{_account(role['Arn'])}:assumed-role/{role['RoleName']}/{assertion.session_name}"
    session = {
        "Arn": arn,
        "UserId": f"{role['RoleId']}:{assertion.session_name}",
        "SecretAccessKey": secret,
        "SessionToken": token,
        "Expiration": time.time() + seconds,
        "AccountId": _account(role["Arn"]),
        "PrincipalType": "AssumedRole",
        "SessionTags": [{"Key": key, "Value": text} for key, text in assertion.tags.items()],
        "SessionPolicies": policies if any(policies.values()) else None,
    }
    sts.register_session(access_key, session)
    return (
        f"<Credentials><AccessKeyId>{access_key}</AccessKeyId><SecretAccessKey>{secret}</SecretAccessKey>"
        f"<SessionToken>{token}</SessionToken><Expiration>{sts._future(seconds)}</Expiration></Credentials>"
        f"<AssumedRoleUser><AssumedRoleId>{session['UserId']}</AssumedRoleId><Arn>{arn}</Arn></AssumedRoleUser>"
    )


def _claims(assertion: Assertion, provider_arn: str) -> str:
    """What the response says about the assertion."""
    claims = {
        "Subject": assertion.subject,
        "SubjectType": assertion.subject_type,
        "Issuer": assertion.issuer,
        "Audience": assertion.recipient,
        "NameQualifier": assertion.name_qualifier(_account(provider_arn), _name(provider_arn)),
        "SourceIdentity": assertion.source_identity,
    }
    return "".join(f"<{name}>{escape(claim)}</{name}>" for name, claim in claims.items() if claim)
