"""The same regression in several frameworks: the same data, lines that agree, one picture of all."""

from __future__ import annotations

import re

import pytest

from tests.workloads.local_platform import ROOT

pytestmark = pytest.mark.workloads

FRAMEWORKS = {"sklearn": "scikit-learn", "tensorflow": "TensorFlow", "pytorch": "PyTorch"}
QUESTIONS = range(-5000, 5000, 10)
REPORT = ROOT / "build" / "synthetic-regression.svg"


@pytest.fixture(scope="module")
def names():
    """The frameworks for which the workload is in this checkout."""
    return [name for name in FRAMEWORKS if (ROOT / "workloads" / f"synthetic-regression-{name}").is_dir()]


@pytest.fixture(scope="module")
def lines(names, arrive, platform, tmp_path_factory):
    """What each framework's endpoint answers for x from -5000 to 5000 by 10: a file by framework."""
    folder = tmp_path_factory.mktemp("lines")
    questions = folder / "questions.csv"
    questions.write_text("".join(f"{x}\n" for x in QUESTIONS))
    for name in names:
        way = arrive(f"synthetic-regression-{name}")
        platform.succeeds("serve", way.name, "--job", way.job)
        output = platform.succeeds("predict", way.name, "--data", questions)
        platform.succeeds("stop", f"local-{way.name}", "--yes")
        (folder / name).write_text("\n".join(line for line in output.splitlines() if " from " not in line))
    return folder


def all_data(platform, name):
    stacks = platform.client("cloudformation").describe_stacks(StackName="launchpad-local-storage")["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stacks[0]["Outputs"]}
    uri = f"s3://{outputs['DataBucketName']}/synthetic-regression-{name}/all/all_data.csv"
    return platform.read(uri).decode()


def numbers(text):
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?", text)]


def test_all_frameworks_learn_from_the_same_thousand_points(names, lines, platform):
    sets = [numbers(all_data(platform, name)) for name in names]
    assert len(sets[0]) == 2 * 1000
    assert all(points == pytest.approx(sets[0], abs=1e-5) for points in sets)


def test_every_line_follows_the_bend_that_the_data_has(names, lines):
    for name in names:
        line = dict(zip(QUESTIONS, numbers((lines / name).read_text()), strict=True))
        for x, y in line.items():
            expected = (x if x >= -2000 else -x - 4000) + 150
            assert abs(y - expected) < 400, f"{name}: at {x} it is {y:.0f}, and the data is around {expected}"


def test_the_lines_are_drawn_side_by_side(names, lines, platform, tmp_path):
    points = numbers(all_data(platform, "sklearn"))
    dots = "".join(f"{x},{y}\n" for y, x in zip(points[::2], points[1::2], strict=True))
    for name in names:
        folder = tmp_path / FRAMEWORKS[name]
        folder.mkdir()
        answers = zip(QUESTIONS, numbers((lines / name).read_text()), strict=True)
        (folder / "points.csv").write_text(f"x,data\n{dots}")
        (folder / "line.csv").write_text("x,prediction\n" + "".join(f"{x},{y}\n" for x, y in answers))
    platform.succeeds("draw", *(tmp_path / FRAMEWORKS[name] for name in names), "--output", REPORT)
    picture = REPORT.read_text()
    assert picture.count("<polyline") == len(names)
    assert picture.count("h0") == 1000 * len(names)
