"""Long series are thinned out without losing a peak."""

from __future__ import annotations

import math

from launchpad.report.lines import BUCKETS, lines
from launchpad.report.thinning import finite, thinned

LONG = [(float(step), math.sin(step / 500)) for step in range(20_000)]


def test_a_short_series_stays_as_it_is():
    assert thinned(LONG[:100], 50) == LONG[:100]


def test_a_long_series_has_two_values_per_bucket_at_most():
    assert len(thinned(LONG, 100)) <= 2 * 100 + 2


def test_the_narrowest_peak_stays():
    peaked = [*LONG[:7777], (7777.0, 99.0), *LONG[7778:]]
    assert (7777.0, 99.0) in thinned(peaked, 50)


def test_both_ends_stay():
    points = thinned(LONG, 50)
    assert (points[0], points[-1]) == (LONG[0], LONG[-1])


def test_the_order_of_steps_stays():
    steps = [x for x, _ in thinned(LONG, 50)]
    assert steps == sorted(steps)


def test_many_values_at_one_moment_are_its_extremes():
    assert {y for _, y in thinned([(1.0, float(y)) for y in range(500)], 10)} == {0.0, 499.0}


def test_values_that_are_no_numbers_are_left_out():
    assert finite([(0.0, math.nan), (1.0, math.inf), (2.0, 3.0)]) == [(2.0, 3.0)]


def test_a_chart_of_many_values_is_small_and_has_no_dots():
    drawing = lines("loss", {"loss": LONG}, "step")
    assert len(drawing) < 30 * 2 * BUCKETS
    assert "<circle" not in drawing


def test_a_diverged_metric_is_drawn_as_far_as_it_goes():
    drawing = lines("loss", {"loss": [(1.0, 2.0), (2.0, math.nan), (3.0, 1.0)]}, "step")
    assert drawing.count("<circle") == 2


def test_a_metric_without_any_number_has_empty_axes():
    assert "<circle" not in lines("loss", {"loss": [(1.0, math.nan), (2.0, math.nan)]}, "step")
