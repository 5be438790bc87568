"""Linear regression in R predicts what scikit-learn's does, for least squares on the same rows have one solution."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.workloads.conftest import environment_python
from tests.workloads.local_platform import ROOT
from tests.workloads.page import drawn_from

pytestmark = pytest.mark.workloads

FOLDER = ROOT / "workloads" / "boston-housing-r"
FIT = """\
import sys
import pandas
from sklearn.linear_model import LinearRegression

data = pandas.read_csv(sys.argv[1])
samples = data.drop(columns="medv")
print(*LinearRegression().fit(samples, data["medv"]).predict(samples))
"""


@pytest.fixture(scope="module")
def batch(arrive):
    """What the transform job wrote: a prediction per row."""
    way = arrive("boston-housing-r")
    prefix = way.platform.last_uri(way.said["transform"])
    return way.platform.read(f"{prefix}/questions.csv.out").decode()


@pytest.fixture(scope="module")
def data(prepared_data):
    return prepared_data("boston-housing-r")


def test_it_predicts_what_scikit_learn_does(batch, data):
    python = environment_python(ROOT / "workloads" / "boston-housing" / "requirements.txt")
    command = [python, "-c", FIT, data / "training" / "housing.csv"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    expected = [float(value) for value in result.stdout.split()]
    assert len(expected) == 506
    assert [float(line) for line in batch.split()] == pytest.approx(expected, rel=1e-9)


def test_its_rows_are_those_of_the_other_variants(data, prepared_data):
    other = prepared_data("boston-housing") / "training" / "housing.csv"
    assert (data / "training" / "housing.csv").read_bytes() == other.read_bytes()


def test_the_picture_in_the_readme_is_what_a_run_draws(batch, data, tmp_path):
    (tmp_path / "predictions").write_text(batch)
    options = ("--data", data, "--predictions", tmp_path / "predictions", "--output", tmp_path)
    subprocess.run([sys.executable, FOLDER / "src" / "report.py", *options], check=True, timeout=60)
    assert drawn_from(tmp_path, FOLDER.name) == (FOLDER / "picture.svg").read_text()
