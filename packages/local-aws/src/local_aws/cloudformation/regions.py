"""Refuses a template with a type that CloudFormation lacks in the region, in the words for an unknown type.

The regions are those of cfn-lint, which reads each region's schemas (tested). Only types that this server adds and that
few regions lack are listed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from local_aws.api.service import Scope

WITHOUT_ANOMALIES = frozenset(
    {
        *("ap-east-2", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7"),
        *("mx-central-1", "us-gov-east-1", "us-gov-west-1"),
    }
)
REGIONS_WITHOUT: Mapping[str, frozenset[str]] = {
    "AWS::CE::AnomalyMonitor": WITHOUT_ANOMALIES,
    "AWS::CE::AnomalySubscription": WITHOUT_ANOMALIES,
}
"""Types that some regions lack, to those regions."""
Check = Callable[..., None]


def in_region(check: Check, scope: Callable[[], Scope]) -> Check:
    """The emulator's check of a template's types, which also knows what the region lacks."""

    def checked(template: dict[str, Any], conditions: dict[str, Any], *rest: Any, **named: Any) -> None:
        check(template, conditions, *rest, **named)
        region = scope().region
        missing = {
            kind
            for resource in (template.get("Resources") or {}).values()
            if region in REGIONS_WITHOUT.get(kind := str(resource.get("Type")), ())
            and conditions.get(resource.get("Condition", ""), True)
        }
        if missing:
            raise ValueError(f"Template format error: Unrecognized resource types: [{', '.join(sorted(missing))}]")

    return checked
