"""Each constraint of each member of every operation that the local AWS has, broken once, and each limit met.

The answers are those of AWS, by botocore's models: code, words and the shape of what is returned.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from botocore.model import OperationModel

from tests.conformance.answers import differences
from tests.conformance.readme import number
from tests.conformance.sending import answered, sendable, sent
from tests.conformance.variants import Variant, variants

SHOWN = 10


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
    assert counts.total() == pytest.approx(number("about", "requests break"), rel=0.03), counts
