"""Finds the security-group rules that a change opens or closes.

Note: a rule may be part of its group or a separate resource, and moving it between the two changes nothing. A group
without egress rules lets all traffic out, because EC2 adds that rule automatically.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from template_diff.environment import Resources
from template_diff.model import NetworkChange, Place
from template_diff.patterns import network_contains
from template_diff.references import Value, canonical, resource_named

INGRESS, EGRESS = "ingress", "egress"
_ALL = "-1"
_PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}
_PEERS = (
    "CidrIp",
    "CidrIpv6",
    "SourcePrefixListId",
    "DestinationPrefixListId",
    "SourceSecurityGroupId",
    "SourceSecurityGroupName",
    "DestinationSecurityGroupId",
)
_STANDALONE = {"AWS::EC2::SecurityGroupIngress": INGRESS, "AWS::EC2::SecurityGroupEgress": EGRESS}
_NESTED = {"SecurityGroupIngress": INGRESS, "SecurityGroupEgress": EGRESS}


@dataclass(frozen=True, order=True)
class Rule:
    """Traffic that one rule allows; ports are text, because a template may leave them to a parameter."""

    protocol: str
    first_port: str
    last_port: str
    peer: str

    def contains(self, other: Rule) -> bool:
        """Whether this rule allows all traffic of `other`."""
        if not network_contains(self.peer, other.peer):
            return False
        return self.protocol == _ALL or (self.protocol == other.protocol and self._ports_contain(other))

    def _ports_contain(self, other: Rule) -> bool:
        if (self.first_port, self.last_port) in ((other.first_port, other.last_port), (_ALL, _ALL)):
            return True
        ports = (self.first_port, other.first_port, other.last_port, self.last_port)
        return all(port.isdigit() for port in ports) and sorted(map(int, ports)) == list(map(int, ports))

    def text(self, direction: str) -> str:
        """The rule in readable form: `tcp 443 from 10.0.0.0/16`."""
        ports = self.first_port if self.first_port == self.last_port else f"{self.first_port}-{self.last_port}"
        traffic = "all traffic" if self.protocol == _ALL else self.protocol + (f" {ports}" if ports != _ALL else "")
        return f"{traffic} {'from' if direction == INGRESS else 'to'} {self.peer}"


_EVERYTHING_OUT = Rule(_ALL, _ALL, _ALL, "0.0.0.0/0")
_Rules = Mapping[tuple[str, str], set[Rule]]


def network_changes(environment: str, old: Resources, new: Resources) -> list[NetworkChange]:
    """The rules opened and closed in existing groups, and opened in new ones. `old` has resources under new names."""
    before, after = _rules(old), _rules(new)
    changes: list[NetworkChange] = []
    for group, direction in sorted({*before, *after}):
        if group in old and group not in new:
            continue
        was, becomes = before.get((group, direction), set()), after.get((group, direction), set())
        if group in new and group not in old:
            # A new group lets everything out by default
            becomes = becomes - {_EVERYTHING_OUT}
        holder = new[group].place if group in new else Place(environment, "", group)
        for opened, rules, others in ((True, becomes, was), (False, was, becomes)):
            for rule in sorted(rules):
                if not any(other.contains(rule) for other in others):
                    instead = tuple(other.text(direction) for other in sorted(others - rules) if _alike(rule, other))
                    changes.append(NetworkChange(holder, direction, opened, rule.text(direction), instead))
    return changes


def _alike(rule: Rule, other: Rule) -> bool:
    return rule.peer == other.peer or (rule.protocol, rule.first_port) == (other.protocol, other.first_port)


def _rules(resources: Resources) -> _Rules:
    """Every group's rules by (group, direction)."""
    rules: dict[tuple[str, str], set[Rule]] = defaultdict(set)
    for resource in resources.values():
        if resource.type in _STANDALONE:
            group = resource_named(
                canonical(resource.properties.get("GroupId", resource.properties.get("GroupName", "")))
            )
            rules[group, _STANDALONE[resource.type]].add(_rule(dict(resource.properties)))
        elif resource.type == "AWS::EC2::SecurityGroup":
            for member, direction in _NESTED.items():
                rules[resource.name, direction].update(_nested(resource.properties.get(member, [])))
            if not resource.properties.get("SecurityGroupEgress"):
                rules[resource.name, EGRESS].add(_EVERYTHING_OUT)
    return rules


def _nested(raw: Value) -> Iterator[Rule]:
    if isinstance(raw, list):
        for item in raw:
            yield from _nested(item)
    elif isinstance(raw, dict) and isinstance(branches := raw.get("Fn::If"), list):
        yield from _nested(branches[1:])
    elif isinstance(raw, dict):
        yield _rule(raw)


def _rule(raw: Mapping[str, Value]) -> Rule:
    protocol = canonical(raw.get("IpProtocol", _ALL)).lower()
    peer = next((canonical(raw[member]) for member in _PEERS if member in raw), "nobody")
    first, last = (canonical(raw.get(port, _ALL)) for port in ("FromPort", "ToPort"))
    protocol = _PROTOCOLS.get(protocol, protocol)
    return Rule(protocol, _ALL, _ALL, peer) if protocol == _ALL else Rule(protocol, first, last, peer)
