"""The same regression by a script in AWS's image, in one with AWS's toolkit, and by our programs: one model."""

from __future__ import annotations

import csv
import re

import pytest

from tests.workloads.groups import COMPARED

pytestmark = pytest.mark.workloads

ORIGINAL, *VARIANTS = COMPARED["boston-housing-variants"]


def rows(journey, name):
    """A table of the training job's output, without its header."""
    return [list(map(float, row)) for row in list(csv.reader(journey.output(name).decode().splitlines()))[1:]]


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_variant_is_tested_on_the_same_rows_as_the_original(variant, arrive):
    tests = rows(arrive(ORIGINAL), "test.csv")
    assert len(tests) == 51
    assert rows(arrive(variant), "test.csv") == tests


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_variant_predicts_what_the_original_does(variant, arrive):
    expected = [pytest.approx(row, rel=1e-6) for row in rows(arrive(ORIGINAL), "predictions.csv")]
    assert rows(arrive(variant), "predictions.csv") == expected


def test_the_readmes_picture_is_drawn_from_the_containers_output(arrive, tmp_path):
    way, picture = arrive("boston-housing-custom"), tmp_path / "picture.svg"
    (tmp_path / "predictions.csv").write_bytes(way.output("predictions.csv"))
    way.platform.succeeds("draw", tmp_path, "--title", way.name, "--output", picture)
    assert picture.read_text() == (way.folder / "picture.svg").read_text()


def test_a_jobs_page_draws_its_predictions(arrive, tmp_path):
    way, page = arrive(ORIGINAL), tmp_path / "page.html"
    way.platform.succeeds("report", way.job, "--output", page)
    (results,) = re.findall("<h2>Results</h2>.*?</section>", page.read_text("utf-8"), re.DOTALL)
    assert results.count('class="dot"') == 51
