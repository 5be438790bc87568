"""The sample is uniform, of the promised size, in order, and the same for the same seed."""

from __future__ import annotations

from collections import Counter

import pytest

from monitoring.sampling import Reservoir


def sample(size: int, count: int, seed: int = 0) -> list[int]:
    reservoir: Reservoir[int] = Reservoir(size, seed)
    for item in range(count):
        reservoir.add(item)
    return reservoir.items()


@pytest.mark.parametrize(("count", "expected"), [(0, 0), (1, 1), (10, 10), (11, 10), (10_000, 10)])
def test_no_more_than_its_size_is_kept(count: int, expected: int) -> None:
    assert len(set(sample(10, count))) == expected


def test_the_order_is_that_of_the_stream() -> None:
    assert sample(50, 5000) == sorted(sample(50, 5000))


def test_a_seed_gives_one_sample_and_another_seed_another() -> None:
    assert sample(20, 1000, 1) == sample(20, 1000, 1) != sample(20, 1000, 2)


def test_every_item_has_the_same_probability() -> None:
    counts = Counter(item for seed in range(4000) for item in sample(5, 50, seed))
    # 400 of each are expected, with a standard deviation of 19; these seeds are always the same.
    assert min(counts[item] for item in range(50)) > 400 - 5 * 19
    assert max(counts.values()) < 400 + 5 * 19
