"""Notes newly pinned endpoints, and those that change between instances and serverless.

One that a pipeline or `launchpad serve` created under the same name is in the way of a new pin. Note: no template says
whether it exists. The report therefore says what happens if it does.
"""

from __future__ import annotations

from collections.abc import Mapping

from template_diff.model import Template

_ENDPOINT, _CONFIG = "AWS::SageMaker::Endpoint", "AWS::SageMaker::EndpointConfig"


def pin_note(old: Mapping[tuple[str, str], Template], new: Mapping[tuple[str, str], Template]) -> str | None:
    """A sentence for the report; None if no environment that exists on both sides pins another endpoint."""
    deployed = {environment for environment, _ in old}
    added = _endpoints(new).keys() - _endpoints(old).keys()
    names = sorted(name for environment, name in added if environment in deployed)
    if not names:
        return None
    return (
        f"Newly pinned: {', '.join(names)}. If launchpad serve or a pipeline created an endpoint of that name, the "
        f"deploy fails until it is stopped: launchpad stop {names[0]}"
    )


def mode_note(old: Mapping[tuple[str, str], Template], new: Mapping[tuple[str, str], Template]) -> str | None:
    """A sentence on endpoints that become serverless, or stop being it; None if none does.

    SageMaker refuses the first ("Update a serverless endpoint", note), and the second can't be taken back.
    """
    before, after = _endpoints(old), _endpoints(new)
    changed = sorted((key[1], after[key]) for key in before.keys() & after.keys() if before[key] != after[key])
    refused = [name for name, serverless in changed if serverless]
    final = [name for name, serverless in changed if not serverless]
    sentences = []
    if refused:
        sentences.append(
            f"Becomes serverless: {', '.join(refused)}. SageMaker refuses to update an endpoint on instances so, and"
            " the deploy fails: remove the pin, deploy, then pin it again. The endpoint answers nothing in between."
        )
    if final:
        sentences.append(
            f"Serverless no longer: {', '.join(final)}. This is final: SageMaker refuses the way back, and the"
            " instances cost by the hour."
        )
    return " ".join(sentences) or None


def _endpoints(side: Mapping[tuple[str, str], Template]) -> dict[tuple[str, str], bool]:
    """Whether each pinned endpoint is serverless, by its environment and name."""
    return {
        (environment, name): _is_serverless(template)
        for (environment, _), template in side.items()
        for resource in (template.get("Resources") or {}).values()
        if resource.get("Type") == _ENDPOINT
        and isinstance(name := resource.get("Properties", {}).get("EndpointName"), str)
    }


def _is_serverless(template: Template) -> bool:
    """Whether the stack's endpoint is serverless: a pinned endpoint has a stack with its configuration to itself."""
    configs = [each for each in (template.get("Resources") or {}).values() if each.get("Type") == _CONFIG]
    variants = [
        variant for config in configs for variant in config.get("Properties", {}).get("ProductionVariants") or ()
    ]
    return any("ServerlessConfig" in variant for variant in variants)
