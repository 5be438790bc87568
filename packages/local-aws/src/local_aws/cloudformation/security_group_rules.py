"""Security group rules as separate resources, so that groups can refer to each other and still be deleted."""

from __future__ import annotations

from typing import Any, ClassVar

from local_aws.cloudformation.client_resource import ClientResource
from local_aws.cloudformation.resource_type import Created, Properties


class SecurityGroupRule(ClientResource):
    """One rule."""

    service = "ec2"
    tags = None
    missing = ("InvalidSecurityGroupRuleId.NotFound", "InvalidGroup.NotFound")
    direction: ClassVar[str]
    peer: ClassVar[str]
    """Prefix of the properties that name the other side."""

    def _create(self, client: Any, name: str, properties: Properties) -> Created:
        del name
        authorize = getattr(client, f"authorize_security_group_{self.direction}")
        response = authorize(GroupId=properties["GroupId"], IpPermissions=[self._permission(properties)])
        identifier = response["SecurityGroupRules"][0]["SecurityGroupRuleId"]
        return identifier, {"Id": identifier}

    def _update(self, client: Any, physical_id: str, old: Properties, new: Properties) -> Created:
        """Only the description can change; EC2 has a separate call for it, and the rule's id stays."""
        rule: dict[str, Any] = {
            "IpProtocol": str(new["IpProtocol"]),
            "Description": new.get("Description", ""),
            **{name: int(new[name]) for name in ("FromPort", "ToPort") if name in new},
            **{own: new[property_name] for property_name, own in self._peers("Ipv4").items() if property_name in new},
        }
        del old
        client.modify_security_group_rules(
            GroupId=new["GroupId"],
            SecurityGroupRules=[{"SecurityGroupRuleId": physical_id, "SecurityGroupRule": rule}],
        )
        return physical_id, {"Id": physical_id}

    def _delete(self, client: Any, physical_id: str, properties: Properties) -> None:
        revoke = getattr(client, f"revoke_security_group_{self.direction}")
        revoke(GroupId=properties["GroupId"], SecurityGroupRuleIds=[physical_id])

    def _peers(self, four: str) -> dict[str, str]:
        return {
            "CidrIp": f"Cidr{four}",
            "CidrIpv6": "CidrIpv6",
            f"{self.peer}PrefixListId": "PrefixListId",
            f"{self.peer}SecurityGroupId": "ReferencedGroupId",
        }

    def _permission(self, properties: Properties) -> dict[str, Any]:
        described = {"Description": properties["Description"]} if "Description" in properties else {}
        sides = {
            "CidrIp": ("IpRanges", "CidrIp"),
            "CidrIpv6": ("Ipv6Ranges", "CidrIpv6"),
            f"{self.peer}PrefixListId": ("PrefixListIds", "PrefixListId"),
            f"{self.peer}SecurityGroupId": ("UserIdGroupPairs", "GroupId"),
        }
        peers = [(lists, member, properties[name]) for name, (lists, member) in sides.items() if name in properties]
        if len(peers) != 1:
            raise ValueError(f"Invalid request provided: exactly one of {', '.join(sides)} must be specified.")
        ((lists, member, value),) = peers
        ports: dict[str, Any] = {name: int(properties[name]) for name in ("FromPort", "ToPort") if name in properties}
        return {"IpProtocol": str(properties["IpProtocol"]), **ports, lists: [{member: value, **described}]}


class SecurityGroupIngress(SecurityGroupRule):
    """An inbound rule."""

    type_name = "AWS::EC2::SecurityGroupIngress"
    direction, peer = "ingress", "Source"


class SecurityGroupEgress(SecurityGroupRule):
    """An outbound rule."""

    type_name = "AWS::EC2::SecurityGroupEgress"
    direction, peer = "egress", "Destination"
