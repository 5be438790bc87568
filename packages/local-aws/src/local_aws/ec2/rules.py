"""Compares security group rules: descriptions and a named owner make no difference."""

from __future__ import annotations

from local_aws.ec2.stores import Record

SIDES = {
    "IpRanges": ("CidrIp",),
    "Ipv6Ranges": ("CidrIpv6",),
    "PrefixListIds": ("PrefixListId",),
    "UserIdGroupPairs": ("GroupId", "GroupName", "UserId"),
}


def comparable(rule: Record, account: str) -> Record:
    """The members that decide whether a rule exists, and which rule is revoked.

    DescribeSecurityGroups names the owner of a referenced group, and clients revoke rules as described.
    """
    sides = {side: [_kept(item, names, account) for item in rule.get(side, ())] for side, names in SIDES.items()}
    return {**{name: rule.get(name) for name in ("IpProtocol", "FromPort", "ToPort")}, **sides}


def _kept(item: Record, names: tuple[str, ...], account: str) -> Record:
    peer = {name: item[name] for name in names if item.get(name)}
    if peer.get("UserId") == account:
        del peer["UserId"]
    if "GroupId" in peer:
        peer.pop("GroupName", None)
    return peer
