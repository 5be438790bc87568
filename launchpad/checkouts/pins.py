"""Notes newly pinned endpoints: one that a pipeline or `launchpad serve` created under the same name is in the way.

Note: no template says whether it exists. The report therefore says what happens if it does.
"""

from __future__ import annotations

from collections.abc import Mapping

from template_diff.model import Template

_ENDPOINT = "AWS::SageMaker::Endpoint"


def pin_note(old: Mapping[tuple[str, str], Template], new: Mapping[tuple[str, str], Template]) -> str | None:
    """A sentence for the report; None if no environment that exists on both sides pins another endpoint."""
    deployed = {environment for environment, _ in old}
    names = sorted(name for environment, name in _endpoints(new) - _endpoints(old) if environment in deployed)
    if not names:
        return None
    return (
        f"Newly pinned: {', '.join(names)}. If launchpad serve or a pipeline created an endpoint of that name, the "
        f"deploy fails until it is stopped: launchpad stop {names[0]}"
    )


def _endpoints(side: Mapping[tuple[str, str], Template]) -> set[tuple[str, str]]:
    """The pinned endpoints' environments and names."""
    return {
        (environment, name)
        for (environment, _), template in side.items()
        for resource in (template.get("Resources") or {}).values()
        if resource.get("Type") == _ENDPOINT
        and isinstance(name := resource.get("Properties", {}).get("EndpointName"), str)
    }
