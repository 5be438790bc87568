"""Each constraint of each member of every operation that the local AWS has, broken once, and each limit met.

The answers are those of AWS, by botocore's models: code, words and the shape of what is returned.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.model import OperationModel

from tests.conformance.answers import differences
from tests.conformance.sending import answered, sendable, sent
from tests.conformance.variants import Variant, variants

SHOWN = 10
README = Path(__file__).resolve().parents[2] / "README.md"


def every_variant(existing_operations: list[OperationModel]) -> Iterator[Variant]:
    seen: dict[str, set[tuple[str, str]]] = {}
    for operation in existing_operations:
        own = seen.setdefault(operation.service_model.service_name, set())
        yield from filter(sendable, variants(operation, own))


@pytest.fixture(scope="module")
def wrong(plain_aws, existing_operations) -> tuple[Counter[str], list[str]]:
    counts, wrong = Counter(), []
    for variant in every_variant(existing_operations):
        request = sent(variant)
        status, body = answered(plain_aws, request)
        counts[request.service.service_name] += 1
        wrong += [f"{variant}\n  {difference}" for difference in differences(variant, request, status, body)]
    return counts, wrong


def test_every_answer_is_the_one_that_aws_gives(wrong):
    counts, differing = wrong
    assert not differing, f"{len(differing)} of {counts.total()}:\n" + "\n".join(differing[:SHOWN])


def test_the_readme_says_how_many_requests_these_are(wrong):
    counts, _ = wrong
    documented = re.search(r"about ([\d,]+) requests break", README.read_text(encoding="utf-8"))
    assert documented, README
    assert counts.total() == pytest.approx(int(documented[1].replace(",", "")), rel=0.03), counts
