"""The page that compares runs: the best one, charts of what varies, curves on the same axes, and axes that fit."""

from __future__ import annotations

import math
import re

import pytest

from launchpad.report.charts import ticks
from launchpad.report.compare_page import Comparison, render_comparison
from launchpad.report.scatter import axis_of
from launchpad.runs.goal import Goal
from tests.cli.pages import HOSTILE, is_safe, run
from tests.cli.test_job_page import BEGAN

GOAL = Goal("auc", True, "the quality gate's metric")


def comparison(**values):
    runs = values.pop("runs", [run(1), run(2), run(3)])
    curves = {each.job: {"loss": [(BEGAN.timestamp() + step, 1 / (step + 1)) for step in range(9)]} for each in runs}
    fields = {"runs": runs, "curves": curves, "goal": GOAL, **values}
    return render_comparison(Comparison("a", "a", "dev", command="compare a", **fields))


def test_the_best_run_is_marked_and_first():
    html = comparison()
    (row,) = re.findall(r'<tr class="best"><td[^>]*>([^<]+)', html)
    assert row == "dev-a-3"
    assert html.index("dev-a-3</td>") < html.index("dev-a-1</td>")
    is_safe(html)


def test_each_varied_hyperparameter_has_a_chart():
    html = comparison()
    assert 'aria-label="auc by lr"' in html
    assert 'aria-label="auc by optimizer"' in html


def test_curves_of_all_runs_are_on_the_same_axes():
    (chart,) = re.findall(r'aria-label="loss">(.*?)</svg>', comparison(), re.DOTALL)
    assert chart.count("<polyline") == 3


def test_what_is_the_same_in_all_runs_is_no_column_of_differences():
    runs = [run(number, instance="ml.m5.large") for number in (1, 2)]
    html = comparison(runs=runs)
    assert '<th class="">instance' not in html
    assert "<dt>instance</dt>" in html


def test_more_runs_than_colours_are_grey_and_counted():
    html = comparison(runs=[run(number) for number in range(1, 9)])
    assert "3 more" in html
    assert 'class="line rest"' in html


def test_runs_without_any_metric_are_compared_too():
    html = comparison(runs=[run(1, metrics={}), run(2, metrics={})], goal=None, curves={})
    assert "none is the best" in html


@pytest.mark.parametrize("metrics", [{}, {"auc": math.nan}])
def test_a_run_without_the_metric_is_no_dot(metrics):
    html = comparison(runs=[run(1), run(2), run(3, metrics=metrics)])
    (chart,) = re.findall(r'aria-label="auc by lr">(.*?)</svg>', html, re.DOTALL)
    assert chart.count("<circle") == 2


def test_a_tunings_page_shows_the_best_value_so_far():
    tuning = {"HyperParameterTuningJobStatus": "Completed", "HyperParameterTuningJobConfig": {"Strategy": "Random"}}
    html = comparison(tuning=tuning)
    (chart,) = re.findall(r'aria-label="auc by trial">(.*?)</svg>', html, re.DOTALL)
    assert chart.count("<circle") == 3
    assert "best so far" in chart


@pytest.mark.parametrize(
    ("texts", "labels"),
    [
        (["0.0001", "0.1"], ["0.0001", "0.001", "0.01", "0.1"]),
        (["1", "2", "3"], ["1", "1.5", "2", "2.5", "3"]),
        (["adam", "sgd"], ["adam", "sgd"]),
        (["1", "auto"], ["1", "auto"]),
        (["5", "5"], ["4", "4.5", "5", "5.5", "6"]),
    ],
)
def test_an_axis_fits_the_values(texts, labels):
    axis = axis_of(texts)
    assert [label for _, label in axis.marks] == labels
    assert all(64 <= axis.position(text) <= 506 for text in texts)


def test_names_and_values_of_runs_are_never_markup():
    hostile = run(1, hyperparameters={HOSTILE: HOSTILE}, metrics={HOSTILE: 1.0})
    is_safe(comparison(runs=[hostile, run(2, metrics={HOSTILE: 2.0})], goal=Goal(HOSTILE, True, "x")))


def test_an_axis_of_equal_values_is_close_around_them():
    assert ticks(0.95, 0.95, about=4) == [0.85, 0.9, 0.95, 1.0, 1.05]
    assert ticks(0, 0, about=4) == [-1, -0.5, 0, 0.5, 1]
