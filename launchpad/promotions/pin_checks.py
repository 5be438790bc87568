"""Asks AWS about every pin of an environment's config, before a deploy and without changing anything.

What may be read for that is in the policy of the role `launchpad-ENV-pin-checks`, which also crosses accounts. Where it
doesn't exist yet, or the caller may not assume it, the caller's own permissions count.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from launchpad.config_files.yaml_reader import Location
from launchpad.config_files.yaml_source import problem_at
from launchpad.messages.errors import Problem
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.platform import find_output, stack_name
from launchpad.promotions.artifacts import Progress
from launchpad.promotions.checks import Doubt, judge, own_version, readable
from launchpad.promotions.promotion import Promotion, as_check_role, role_arn
from launchpad.requests.names import pin_check_role_name

if TYPE_CHECKING:
    from launchpad.settings import EnvironmentSettings, PinnedEndpoint
    from launchpad.settings.pinned_models import PinnedModel, PromotedModel
    from launchpad.workload import Workload


@dataclass(frozen=True)
class CheckedPin:
    """One pinned model, and what AWS says of it."""

    keys: Location
    """Where the config has it."""
    workload: str
    words: str
    """What it is, and what is true of it if nothing speaks against it."""
    doubts: Sequence[Doubt]


def checked_pins(connection: Connection, watch: Callable[[str], Progress] | None = None) -> Iterator[CheckedPin]:
    """Check each pinned model of the config; `watch` gives the progress of reading a workload's artifact.

    Raises:
        ClientError: the caller's credentials are no good.
    """
    from launchpad.catalogue import load_workload

    check = _Check(connection, watch or (lambda _: lambda *_: None))
    for number, endpoint in enumerate(connection.settings.endpoints):
        workload = load_workload(endpoint.workload)
        for keys, model in endpoint.pinned_models:
            for key, words, doubts in check.model(workload, model):
                yield CheckedPin(("endpoints", number, *keys, key), workload.name, words, doubts)


def problems_and_notes(settings: EnvironmentSettings, pins: Iterable[CheckedPin]) -> tuple[list[Problem], list[str]]:
    """What is wrong with the pins, at their lines of the config; and of the others, what was seen and what was not."""
    problems, notes = [], []
    for pin in pins:
        for doubt in pin.doubts:
            if doubt.is_certain:
                problems.append(problem_at(settings.source, pin.keys, f"{doubt.text}; {doubt.remedy}"))
            else:
                notes.append(f"{settings.name}: not checked: {doubt.text}; {doubt.remedy}")
        if not pin.doubts:
            notes.append(f"{settings.name}: {pin.words}")
    return problems, notes


def unasked(environments: Iterable[EnvironmentSettings]) -> str | None:
    """What offline checks can't say of the pins of these environments; None if they pin no model."""
    names = [each.name for each in environments if any(_pins_a_model(pin) for pin in each.endpoints)]
    if not names:
        return None
    return (
        f"not checked without credentials: whether the models pinned in {', '.join(names)} are approved, pass their"
        f" quality gates and can be read; {' '.join(f'--pins {name}' for name in names)} asks AWS"
    )


def _pins_a_model(endpoint: PinnedEndpoint) -> bool:
    return any(model.promoted or model.model_package or model.model_data for _, model in endpoint.pinned_models)


class _Check:
    """Asks with one role, and with the bucket of one environment, which are looked up when a pin needs them."""

    def __init__(self, connection: Connection, watch: Callable[[str], Progress]) -> None:
        self._connection, self._watch = connection, watch
        promoting = any(endpoint.promotions for endpoint in connection.settings.endpoints)
        self._role = as_check_role(connection) if promoting else None
        self._bucket = find_output(connection, "storage", "ModelBucketName") if promoting else None

    def model(
        self, workload: Workload, pinned: PinnedEndpoint | PinnedModel
    ) -> Iterator[tuple[str, str, Sequence[Doubt]]]:
        """The key of what is pinned, what is true of it, and what speaks against it."""
        if pinned.promoted:
            yield "promoted", *self._promoted(Promotion(workload, pinned.promoted))
        if arn := pinned.model_package:
            number = arn.rpartition("/")[2]
            words = f"{workload.name}, version {number}: approved"
            yield "model_package", words, list(own_version(self._connection, arn, workload))
        if uri := pinned.model_data:
            yield "model_data", f"{workload.name}: {uri} exists", list(readable(self._connection, uri))

    def _may_read(self, promoted: PromotedModel) -> bool:
        """Whether the role's policy, by the deployed stack, names the folders and the key of a new pin already.

        Then the next deploy does not cure a refusal: the model is gone, or the environment before keeps this one out.
        """
        folders = [f":::{folder}/*" for folder in promoted.folders]
        return all(part in self._template for part in (*folders, promoted.key))

    @cached_property
    def _template(self) -> str:
        """The template of the stack with the role; empty if the caller may not read it."""
        stack = stack_name(self._connection.name, "promotion")
        try:
            return json.dumps(self._connection.client("cloudformation").get_template(StackName=stack)["TemplateBody"])
        except ClientError:
            return ""

    def _promoted(self, promotion: Promotion) -> tuple[str, Sequence[Doubt]]:
        progress = self._watch(promotion.workload.name)
        copied, doubts = judge(self._role or self._connection, promotion, self._bucket, progress)
        if self._role is None:
            role = role_arn(self._connection, pin_check_role_name(self._connection.name))
            remedy = f"a deploy creates {role}; let the caller assume it"
            doubts = [doubt if doubt.is_certain else replace(doubt, remedy=remedy) for doubt in doubts]
        elif self._may_read(promotion.promoted):
            doubts = [replace(doubt, is_certain=True) for doubt in doubts]
        where = "the environment has its copy" if copied else "the next deploy copies it"
        return f"{promotion.words}: {where}", doubts
