"""Instance profiles, OIDC providers and SAML providers.

Note: Ref of a profile is its name, where the emulator's own type returns its ARN. Ref of a provider is its ARN.
"""

from __future__ import annotations

from typing import Any

from local_aws.cloudformation.client_resource import ClientResource, members, tag_list, tag_map
from local_aws.cloudformation.resource_type import Created, Properties


class InstanceProfile(ClientResource):
    """An instance profile has exactly one role."""

    type_name = "AWS::IAM::InstanceProfile"
    service = "iam"
    missing = ("NoSuchEntity",)
    name_property = "InstanceProfileName"
    tags = None

    def _create(self, client: Any, name: str, properties: Properties) -> Created:
        name = properties.get("InstanceProfileName", name)
        client.create_instance_profile(InstanceProfileName=name, Path=properties.get("Path", "/"))
        try:
            return self._with_roles(client, name, [], properties["Roles"])
        except Exception:
            self._delete(client, name, {})  # a stack forgets a resource whose creation failed
            raise

    def _update(self, client: Any, physical_id: str, old: Properties, new: Properties) -> Created:
        return self._with_roles(client, physical_id, old["Roles"], new["Roles"])

    def _delete(self, client: Any, physical_id: str, properties: Properties) -> None:
        del properties
        profile = client.get_instance_profile(InstanceProfileName=physical_id)["InstanceProfile"]
        self._with_roles(client, physical_id, [role["RoleName"] for role in profile["Roles"]], [])
        client.delete_instance_profile(InstanceProfileName=physical_id)

    def _with_roles(self, client: Any, name: str, old: list[str], new: list[str]) -> Created:
        for role in [role for role in old if role not in new]:
            client.remove_role_from_instance_profile(InstanceProfileName=name, RoleName=role)
        for role in [role for role in new if role not in old]:
            client.add_role_to_instance_profile(InstanceProfileName=name, RoleName=role)
        profile = client.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]
        return name, {"Arn": profile["Arn"]}


class OIDCProvider(ClientResource):
    """An issuer of tokens, of which an account has one per URL. Nothing here calls the issuer for its certificate.

    The emulator's IAM can't change a provider, so an update replaces it under the same ARN.
    """

    type_name = "AWS::IAM::OIDCProvider"
    service = "iam"
    missing = ("NoSuchEntity",)

    def _create(self, client: Any, name: str, properties: Properties) -> Created:
        del name
        arn = client.create_open_id_connect_provider(
            Url=properties["Url"],
            ClientIDList=properties.get("ClientIdList", []),
            ThumbprintList=properties.get("ThumbprintList", []),
            Tags=tag_list(tag_map(properties)),
        )["OpenIDConnectProviderArn"]
        return arn, {"Arn": arn}

    def _update(self, client: Any, physical_id: str, old: Properties, new: Properties) -> Created:
        self._delete(client, physical_id, old)
        return self._create(client, physical_id, new)

    def _delete(self, client: Any, physical_id: str, properties: Properties) -> None:
        del properties
        client.delete_open_id_connect_provider(OpenIDConnectProviderArn=physical_id)


class SAMLProvider(ClientResource):
    """An identity provider, known by its metadata document. IAM refuses the properties of encrypted assertions.

    The emulator's IAM can't change a provider's tags, so their update replaces it under the same ARN.
    """

    type_name = "AWS::IAM::SAMLProvider"
    service = "iam"
    missing = ("NoSuchEntity",)
    name_property = "Name"

    def _create(self, client: Any, name: str, properties: Properties) -> Created:
        request = members(client, "CreateSAMLProvider", properties)
        request |= {
            "Name": properties.get("Name", name),
            "SAMLMetadataDocument": properties.get("SamlMetadataDocument", ""),
            "Tags": tag_list(tag_map(properties)),
        }
        arn = client.create_saml_provider(**request)["SAMLProviderArn"]
        return self._created(client, arn)

    def _update(self, client: Any, physical_id: str, old: Properties, new: Properties) -> Created:
        request = members(client, "UpdateSAMLProvider", new)
        document = new.get("SamlMetadataDocument", "")
        client.update_saml_provider(**request, SAMLProviderArn=physical_id, SAMLMetadataDocument=document)
        if tag_map(old) != tag_map(new):
            self._delete(client, physical_id, old)
            return self._create(client, physical_id.rpartition("/")[2], new)
        return self._created(client, physical_id)

    def _delete(self, client: Any, physical_id: str, properties: Properties) -> None:
        del properties
        client.delete_saml_provider(SAMLProviderArn=physical_id)

    def _created(self, client: Any, arn: str) -> Created:
        uuid = client.get_saml_provider(SAMLProviderArn=arn)["SAMLProviderUUID"]
        return arn, {"Arn": arn, "SamlProviderUUID": uuid}


TYPES = (InstanceProfile(), OIDCProvider(), SAMLProvider())
