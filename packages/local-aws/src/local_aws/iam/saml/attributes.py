"""AWS's attributes in an assertion, and those that are condition keys of a role's trust policy.

Source: "Configure SAML assertions for the authentication response" (IAM user guide).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

AWS = "https://aws.amazon.com/SAML/Attributes/"
TAG = f"{AWS}PrincipalTag:"
EDU_PERSON = "urn:oid:1.3.6.1.4.1.5923.1.1.1."
EDU_ORG = "urn:oid:1.3.6.1.4.1.5923.1.2.1."
CLAIMS = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"

LISTS = {
    f"{EDU_PERSON}1": "eduPersonAffiliation",
    f"{EDU_PERSON}2": "eduPersonNickname",
    f"{EDU_PERSON}4": "eduPersonOrgUnitDN",
    f"{EDU_PERSON}7": "eduPersonEntitlement",
    f"{EDU_PERSON}9": "eduPersonScopedAffiliation",
    f"{EDU_PERSON}10": "eduPersonTargetedID",
    f"{EDU_PERSON}11": "eduPersonAssurance",
    f"{EDU_ORG}2": "eduOrgHomePageURI",
    f"{EDU_ORG}3": "eduOrgIdentityAuthNPolicyURI",
    f"{EDU_ORG}4": "eduOrgLegalName",
    f"{EDU_ORG}5": "eduOrgSuperiorURI",
    f"{EDU_ORG}6": "eduOrgWhitePagesURI",
    "urn:oid:2.5.4.3": "cn",
}
"""Attributes with several values, by their names."""
SINGLE = {
    f"{EDU_PERSON}3": "eduPersonOrgDN",
    f"{EDU_PERSON}5": "eduPersonPrimaryAffiliation",
    f"{EDU_PERSON}6": "eduPersonPrincipalName",
    f"{EDU_PERSON}8": "eduPersonPrimaryOrgUnitDN",
    f"{CLAIMS}name": "name",
    "http://schemas.xmlsoap.org/claims/CommonName": "commonName",
    f"{CLAIMS}givenname": "givenName",
    f"{CLAIMS}surname": "surname",
    f"{CLAIMS}emailaddress": "mail",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid": "uid",
    "2.5.4.3": "commonName",
    "2.5.4.4": "surname",
    "2.4.5.42": "givenName",
    "2.5.4.45": "x500UniqueIdentifier",
    "0.9.2342.19200300100.1.1": "uid",
    "0.9.2342.19200300100.1.3": "mail",
    "0.9.2342.19200300.100.1.45": "organizationStatus",
}
"""Attributes with one value, by their names, as AWS writes them."""
Attributes = Mapping[str, Sequence[str]]


def condition_keys(attributes: Attributes) -> dict[str, str | list[str]]:
    """The condition keys of an assertion's attributes, in lower case."""
    lists: dict[str, str | list[str]] = {
        f"saml:{key}".lower(): list(attributes[name]) for name, key in LISTS.items() if attributes.get(name)
    }
    single = {f"saml:{key}".lower(): attributes[name][0] for name, key in SINGLE.items() if attributes.get(name)}
    return lists | single


def tags_of(attributes: Attributes) -> dict[str, str]:
    """The session tags: an attribute for each, with one value."""
    tags = {name.removeprefix(TAG): values for name, values in attributes.items() if name.startswith(TAG)}
    return {key: values[0] if values else "" for key, values in tags.items()}
