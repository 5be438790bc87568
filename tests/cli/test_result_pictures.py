"""Tables of numbers become pictures: on a training job's page, and in a file by `launchpad draw`."""

from __future__ import annotations

import re

import pytest

from launchpad.platform_client.job_insight import JobInsight
from launchpad.report.job_page import render_job
from launchpad.report.pictures import MOST_POINTS, panels, picture
from tests.cli.test_job_page import job

PREDICTIONS = "actual,predicted\n15,17.5\n26.5,27\n45,38\n"
CURVE = "lost,caught\n0,0\n0.1,0.8\n1,1\n"
LINE = {"points.csv": "x,data\n-1,1\n1,1.5\n", "line.csv": "x,prediction\n-1,1\n0,0\n1,1\n"}


def drawn(tables):
    drawings = panels(tables)
    return str(picture(drawings, ["title"] * len(drawings)))


def test_predictions_are_dots_around_the_line_of_no_error():
    svg = drawn({"predictions.csv": PREDICTIONS})
    assert svg.count("h0") == 3
    assert svg.count("<polyline") == 1
    assert all(f">{text}</text>" in svg for text in ("title", "actual", "predicted", "no error"))


def test_a_curve_is_a_line_over_the_line_of_chance():
    svg = drawn({"curve.csv": CURVE})
    assert (svg.count("<polyline"), svg.count("h0")) == (2, 0)
    assert ">by chance</text>" in svg


def test_points_and_a_line_are_drawn_on_the_same_axes():
    svg = drawn(LINE)
    assert svg.count("<g ") == 1
    assert (svg.count("<polyline"), svg.count("h0")) == (1, 2)


def test_tables_of_other_kinds_are_drawn_side_by_side():
    svg = drawn({"predictions.csv": PREDICTIONS, "curve.csv": CURVE})
    assert svg.count("<g ") == 2
    assert 'viewBox="0 0 1280 420"' in svg


def test_a_column_of_several_tables_keeps_its_colour():
    table = "trees,auc,accuracy\n1,0.7,0.8\n5,0.8,0.9\n"
    svg = drawn({"points.csv": table, "line.csv": table})
    colours = re.findall(r"<(?:path|polyline) [^>]*?stroke:(#\w+)", svg)
    assert colours[:2] == colours[2:]
    assert len(set(colours)) == 2
    assert svg.count(">auc</text>") == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "actual\n1\n",
        "actual,predicted\n",
        "id,label\n1,spam\n",
        "x,y\n1\n",
        "x,y\n1,nan\n",
        "x,y\n1,inf\n",
        f"x,{'y' * 200_000}\n1,1\n",
    ],
)
def test_a_table_without_numbers_is_not_drawn(text):
    assert panels({"predictions.csv": text}) == []


def test_a_table_with_one_row_is_drawn():
    assert drawn({"predictions.csv": "actual,predicted\n1,1\n"}).count("h0") == 1


def test_of_a_long_table_some_rows_are_drawn():
    rows = "".join(f"{number},1\n" for number in range(3 * MOST_POINTS))
    assert drawn({"points.csv": f"x,y\n{rows}"}).count("h0") == MOST_POINTS


def test_a_columns_name_is_text_and_no_markup():
    assert "<script>" not in drawn({"predictions.csv": "<script>,&\n1,2\n"})


def test_a_training_jobs_page_draws_its_tables():
    page = render_job(JobInsight(job(), [], {}, {}, {"predictions.csv": PREDICTIONS}), "dev", {})
    assert "<h2>Results</h2>" in page
    assert ">no error</text>" in page


def test_a_training_jobs_page_without_tables_has_no_results():
    assert "<h2>Results</h2>" not in render_job(JobInsight(job(), [], {}, {}), "dev", {})


def test_draw_writes_the_picture_of_several_folders(launchpad, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "curve.csv").write_text(CURVE)
    result = launchpad("draw", str(tmp_path / "one"), str(tmp_path / "two"), "--output", str(tmp_path / "x" / "p.svg"))
    assert result.returncode == 0, result.stderr
    svg = (tmp_path / "x" / "p.svg").read_text()
    assert ">one</text>" in svg
    assert ">two</text>" in svg


def test_draw_names_a_folder_that_has_nothing_to_draw(launchpad, tmp_path):
    result = launchpad("draw", str(tmp_path))
    assert result.returncode == 1
    assert f"{tmp_path}: no predictions.csv, curve.csv" in result.stderr
