"""AssumeRoleWithSAML: whom an identity provider signs in, and what STS refuses."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from signxml.algorithms import SignatureMethod

from tests.local_aws.iam.saml import ACTIONS, Company
from tests.local_aws.identity_providers import AWS, SIGN_IN, IdentityProvider, stamp

INVALID, EXPIRED = "InvalidIdentityToken", "ExpiredTokenException"
MALFORMED = (
    "Invalid base64 SAMLResponse (Service: AWSOpenIdDiscoveryService; Status Code: 400; "
    "Error Code: AuthSamlInvalidSamlResponseException)"
)
ISSUER = MALFORMED.replace("Invalid base64 SAMLResponse", "Issuer not present in specified provider")
DENIED = ("AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML", 403)
REDEEM = "Token must be redeemed within 5 minutes of issuance"
NOW = datetime.now(UTC)


def test_the_answer_says_what_the_assertion_says(company, role):
    session = company.sign_in(role)
    name, account = company.arn.rpartition("/")[2], "123456789012"
    text = f"{company.provider.entity_id}{account}/{name}"
    assert {
        member: session[member] for member in ("Subject", "SubjectType", "Issuer", "Audience", "NameQualifier")
    } == {
        "Subject": "ada",
        "SubjectType": "persistent",
        "Issuer": company.provider.entity_id,
        "Audience": SIGN_IN,
        "NameQualifier": base64.b64encode(hashlib.sha1(text.encode(), usedforsecurity=False).digest()).decode(),
    }
    assert session["AssumedRoleUser"]["Arn"].endswith(f"{role.rpartition('/')[2]}/ada@example.com")
    assert session["AssumedRoleUser"]["AssumedRoleId"].endswith(":ada@example.com")


@pytest.mark.parametrize("signs", ["assertion", "response", "both"])
def test_the_session_is_the_roles(aws, company, role, signs):
    session = company.assume(role, company.provider.assertion(company.claims(role), signs))
    keys = session["Credentials"]
    credentials = {
        "aws_access_key_id": keys["AccessKeyId"],
        "aws_secret_access_key": keys["SecretAccessKey"],
        "aws_session_token": keys["SessionToken"],
    }
    assert aws.client("sts", **credentials).get_caller_identity()["Arn"] == session["AssumedRoleUser"]["Arn"]
    with pytest.raises(Exception, match="is not authorized to perform: iam:ListRoles"):
        aws.client("iam", **credentials).list_roles()


CLAIMS = {
    "an old assertion": ({"issued": NOW - timedelta(minutes=6), "valid_for": timedelta(hours=1)}, EXPIRED, REDEEM),
    "confirmed no longer": ({"confirmed_for": timedelta(0)}, EXPIRED, REDEEM),
    "valid no longer": ({"valid_for": timedelta(0)}, EXPIRED, "Token is not within its validity period"),
    "not yet valid": ({"not_before": timedelta(minutes=1)}, EXPIRED, "Token is not within its validity period"),
    "issued in the future": ({"issued": NOW + timedelta(hours=1)}, INVALID, MALFORMED),
    "a session that ended": (
        {"session": f' SessionNotOnOrAfter="{stamp(NOW)}"'},
        EXPIRED,
        "Token is not within its validity period",
    ),
    "another audience": (
        {"audience": "https://other.example.com"},
        INVALID,
        "Response does not contain the required audience.",
    ),
    "no audience": ({"audience": ""}, INVALID, "Response does not contain the required audience."),
    "another recipient": ({"recipient": "https://signin.aws.amazon.com.example.com/saml"}, INVALID, MALFORMED),
    "another issuer": ({"issuer": "https://other.example.com"}, INVALID, ISSUER),
    "no session name": (
        {"attributes": {f"{AWS}RoleSessionName": []}},
        INVALID,
        "RoleSessionName is required in AuthnResponse",
    ),
    "a session name with a space": (
        {"person": "Ada Lovelace"},
        INVALID,
        "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}",
    ),
    "a source identity with a space": (
        {"attributes": {f"{AWS}SourceIdentity": ["a b"]}},
        INVALID,
        'Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"',
    ),
    "a session of a minute": ({"attributes": {f"{AWS}SessionDuration": ["60"]}}, INVALID, MALFORMED),
}


@pytest.mark.parametrize("claims", CLAIMS)
def test_an_assertion_is_refused_for_what_it_says(company, role, claims):
    more, code, words = CLAIMS[claims]
    assertion = company.provider.assertion(company.claims(role, **more))
    assert company.refused(role, assertion) == (code, words, 400)


def test_a_failed_sign_in_is_refused(company, role):
    assertion = company.provider.assertion(company.claims(role, status="AuthnFailed"))
    code, _, status = company.refused(role, assertion)
    assert (code, status) == ("IDPRejectedClaim", 403)


def test_a_person_needs_the_role_in_the_assertion(company, role):
    other = company.role()
    assert company.refused(role, company.provider.assertion(company.claims(other))) == DENIED
    without = company.claims(role, attributes={f"{AWS}Role": []})
    assert company.refused(role, company.provider.assertion(without)) == DENIED
    nameless = company.claims(role, subject="")
    assert company.refused(role, company.provider.assertion(nameless)) == DENIED


def test_the_pair_of_arns_may_be_in_either_order(company, role):
    swapped = {f"{AWS}Role": ["a,b", f"{company.arn},{role}"]}
    assert company.sign_in(role, attributes=swapped)["Credentials"]


def test_a_role_that_trusts_no_provider_is_refused(aws, company, role):
    stranger = Company.create(aws)
    assertion = stranger.provider.assertion(stranger.claims(role))
    assert stranger.refused(role, assertion) == DENIED
    missing = f"{role}-missing"
    assert company.refused(missing, company.provider.assertion(company.claims(missing))) == DENIED


def test_arns_of_other_things_are_refused(company, role):
    assertion = company.provider.assertion(company.claims(role))
    assert company.refused(company.arn, assertion) == ("ValidationError", "Request ARN is invalid", 400)
    absent = Company(company.aws, company.provider, f"{company.arn}-gone")
    words = MALFORMED.replace("Invalid base64 SAMLResponse", "Specified provider doesn't exist")
    words = words.replace("InvalidSamlResponse", "ManifestNotFound")
    assert absent.refused(role, assertion) == (INVALID, words, 400)


CONDITIONS = {
    "aud": ("saml:aud", SIGN_IN),
    "iss": ("saml:iss", "https://login.example.com/saml"),
    "sub": ("saml:sub", "ada"),
    "sub_type": ("saml:sub_type", "persistent"),
    "an attribute": ("saml:eduPersonPrincipalName", "ada@example.com"),
    "the session's name": ("sts:RoleSessionName", "ada@example.com"),
}
ATTRIBUTES = {"urn:oid:1.3.6.1.4.1.5923.1.1.1.6": ["ada@example.com"], "urn:oid:1.3.6.1.4.1.5923.1.1.1.1": ["staff"]}


@pytest.mark.parametrize("condition", CONDITIONS)
def test_conditions_of_the_trust_policy_decide(company, condition):
    key, text = CONDITIONS[condition]
    fitting, other = company.role(StringEquals={key: text}), company.role(StringEquals={key: f"{text}x"})
    assert company.sign_in(fitting, attributes=ATTRIBUTES)["Credentials"]
    assertion = company.provider.assertion(company.claims(other, attributes=ATTRIBUTES))
    assert company.refused(other, assertion) == DENIED


def test_conditions_compare_the_provider_and_lists(company):
    name = company.arn.rpartition("/")[2]
    role = company.role(
        StringEquals={"SAML:doc": f"123456789012/{name}"},
        **{"ForAnyValue:StringEquals": {"saml:eduPersonAffiliation": ["staff"]}},
    )
    assert company.sign_in(role, attributes=ATTRIBUTES)["Credentials"]
    assert company.refused(role, company.provider.assertion(company.claims(role))) == DENIED


@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}, {"Federated": ["*"]}], ids=str)
def test_a_denial_of_all_principals_counts(company, principal):
    deny = {"Effect": "Deny", "Principal": principal, "Action": "sts:*"}
    role = company.role(effect=deny)
    assert company.refused(role, company.provider.assertion(company.claims(role))) == DENIED


def test_a_source_identity_takes_its_permission(company, role):
    attributes = {f"{AWS}SourceIdentity": ["ada"]}
    assertion = company.provider.assertion(company.claims(role, attributes=attributes))
    assert company.refused(role, assertion) == DENIED
    allowed = company.role(actions=ACTIONS)
    assert company.sign_in(allowed, attributes=attributes)["SourceIdentity"] == "ada"


def test_session_tags_take_their_permission(company, role):
    attributes = {f"{AWS}PrincipalTag:team": ["risk"]}
    assertion = company.provider.assertion(company.claims(role, attributes=attributes))
    assert company.refused(role, assertion) == DENIED
    allowed = company.role(actions=ACTIONS, StringEquals={"aws:RequestTag/team": "risk"})
    assert company.sign_in(allowed, attributes=attributes)["Credentials"]


@pytest.mark.parametrize(
    ("more", "requested", "seconds"),
    [
        ({}, 1800, 1800),
        ({}, None, 3600),
        ({"attributes": {f"{AWS}SessionDuration": ["900"]}}, None, 900),
        ({"attributes": {f"{AWS}SessionDuration": ["43200"]}}, None, 3600),
    ],
)
def test_the_shortest_duration_counts(company, role, more, requested, seconds):
    assertion = company.provider.assertion(company.claims(role, **more))
    session = company.assume(role, assertion, **({"DurationSeconds": requested} if requested else {}))
    seconds_left = (session["Credentials"]["Expiration"] - datetime.now(UTC)).total_seconds()
    assert seconds - 60 < seconds_left <= seconds


def test_a_session_ends_with_that_at_the_provider(company, role):
    end = datetime.now(UTC) + timedelta(minutes=20)
    assertion = company.provider.assertion(company.claims(role, session=f' SessionNotOnOrAfter="{stamp(end)}"'))
    expiration = company.assume(role, assertion)["Credentials"]["Expiration"]
    assert timedelta(seconds=-10) < expiration - end <= timedelta()


def test_a_session_lasts_no_longer_than_the_role_says(company, role):
    assertion = company.provider.assertion(company.claims(role))
    words = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    assert company.refused(role, assertion, DurationSeconds=3601) == ("ValidationError", words, 400)


def test_a_session_policy_limits_the_session(aws, company, role):
    assertion = company.provider.assertion(company.claims(role))
    assert company.refused(role, assertion, Policy="{}")[0] == "MalformedPolicyDocument"


def test_identity_centers_roles_take_no_assertion(aws, company):
    iam, name = aws.client("iam"), "AWSReservedSSO_Any_0123456789abcdef"
    document = iam.get_role(RoleName=company.role().rpartition("/")[2])["Role"]["AssumeRolePolicyDocument"]
    trust = str(document).replace("'", '"')
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    assert company.refused(arn, company.provider.assertion(company.claims(arn))) == DENIED


def test_metadata_that_expired_verifies_nothing(aws):
    company = Company.create(aws, metadata=f' validUntil="{stamp(NOW - timedelta(days=1))}"')
    role = company.role()
    assert company.refused(role, company.provider.assertion(company.claims(role)))[0] == EXPIRED


def test_a_certificate_that_expired_verifies_nothing(aws):
    company = Company.create(aws, IdentityProvider(expires=timedelta(days=-1)))
    role = company.role()
    assertion = company.provider.assertion(company.claims(role))
    assert company.refused(role, assertion) == (INVALID, "Response signature invalid", 400)


def test_a_signature_may_be_of_an_elliptic_curve(aws):
    company = Company.create(aws, IdentityProvider(method=SignatureMethod.ECDSA_SHA256))
    assert company.sign_in(company.role())["Credentials"]


def test_sha_1_is_refused(aws):
    company = Company.create(aws, IdentityProvider(method=SignatureMethod.RSA_SHA1))
    role = company.role()
    assertion = company.provider.assertion(company.claims(role))
    assert company.refused(role, assertion) == (INVALID, "Response signature invalid", 400)
