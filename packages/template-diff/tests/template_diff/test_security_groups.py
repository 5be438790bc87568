"""Which security-group rules open, and which close."""

from __future__ import annotations

from typing import Any

import pytest

from template_diff.model import Difference, ExitCode
from tests.template_diff.pairs import difference, resource

CLOSED = {"CidrIp": "255.255.255.255/32", "IpProtocol": "icmp", "FromPort": 252, "ToPort": 86}


def rule(cidr: str = "10.0.0.0/16", first: int = 443, last: int | None = None, protocol: str = "tcp") -> dict[str, Any]:
    return {"IpProtocol": protocol, "FromPort": first, "ToPort": last or first, "CidrIp": cidr}


def group(*ingress: dict[str, Any], egress: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    rules = {"SecurityGroupIngress": list(ingress), "SecurityGroupEgress": [CLOSED] if egress is None else egress}
    return resource("EC2::SecurityGroup", {"GroupDescription": "d", **rules})


def opened(comparison: Difference) -> list[str]:
    return [change.rule for change in comparison.network if change.opened]


def closed(comparison: Difference) -> list[str]:
    return [change.rule for change in comparison.network if not change.opened]


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ([], [rule()], "tcp 443 from 10.0.0.0/16"),
        ([rule()], [rule("0.0.0.0/0")], "tcp 443 from 0.0.0.0/0"),
        ([rule()], [rule(first=400, last=500)], "tcp 400-500 from 10.0.0.0/16"),
        ([rule()], [rule(protocol="-1")], "all traffic from 10.0.0.0/16"),
        (
            [rule()],
            [rule(), {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIpv6": "::/0"}],
            "tcp 443 from ::/0",
        ),
        ([], [{"IpProtocol": "-1", "SourceSecurityGroupId": "sg-1"}], "all traffic from sg-1"),
        ([], [{"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "SourcePrefixListId": "pl-1"}], "tcp 1 from pl-1"),
    ],
)
def test_a_wider_ingress_rule_opens_and_a_narrower_one_closes(old: list, new: list, text: str) -> None:
    first, second = ({"Group": group(*rules)} for rules in (old, new))
    assert (opened(difference(first, second)), closed(difference(first, second))) == ([text], [])
    assert (opened(difference(second, first)), closed(difference(second, first))) == ([], [text])


def test_egress_is_distinguished_from_ingress() -> None:
    comparison = difference({"Group": group()}, {"Group": group(egress=[CLOSED, rule("0.0.0.0/0")])})
    assert [(change.direction, change.rule) for change in comparison.network] == [("egress", "tcp 443 to 0.0.0.0/0")]


def test_a_group_without_egress_rules_lets_everything_out() -> None:
    comparison = difference({"Group": group()}, {"Group": group(egress=[])})
    assert opened(comparison) == ["all traffic to 0.0.0.0/0"]


def standalone(direction: str, properties: dict[str, Any]) -> dict[str, Any]:
    return resource(f"EC2::SecurityGroup{direction}", {"GroupId": {"Fn::GetAtt": ["Group", "GroupId"]}, **properties})


def test_a_rule_of_its_own_opens_its_group() -> None:
    comparison = difference({"Group": group()}, {"Group": group(), "Rule": standalone("Ingress", rule())})
    assert [(change.group.logical_id, change.rule) for change in comparison.network] == [
        ("Group", "tcp 443 from 10.0.0.0/16")
    ]
    out = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "DestinationSecurityGroupId": "sg-2"}
    comparison = difference({"Group": group()}, {"Group": group(), "Rule": standalone("Egress", out)})
    assert [(change.direction, change.rule) for change in comparison.network] == [("egress", "tcp 80 to sg-2")]


def test_a_rule_that_moves_out_of_its_group_changes_nothing() -> None:
    assert difference({"Group": group(rule())}, {"Group": group(), "Rule": standalone("Ingress", rule())}).network == ()


def test_descriptions_and_spellings_of_protocols_change_nothing() -> None:
    described = rule() | {"Description": "https", "IpProtocol": "6", "FromPort": "443"}
    assert difference({"Group": group(rule())}, {"Group": group(described)}).network == ()


def test_what_there_was_instead_is_named() -> None:
    (change, _) = difference({"Group": group(rule())}, {"Group": group(rule("192.168.0.0/16"))}).network
    assert change.instead == ("tcp 443 from 10.0.0.0/16",)


def test_a_new_group_opens_what_it_lists_but_not_what_every_group_lets_out() -> None:
    comparison = difference({}, {"Group": group(rule("0.0.0.0/0", 22), egress=[])})
    assert opened(comparison) == ["tcp 22 from 0.0.0.0/0"]


def test_a_removed_group_is_no_change_of_the_network() -> None:
    assert difference({"Group": group(rule())}, {}).network == ()


def test_rules_do_not_count_for_the_exit_code() -> None:
    assert difference({"Group": group()}, {"Group": group(rule("0.0.0.0/0", 22))}).exit_code is ExitCode.SAFE
