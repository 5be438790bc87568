"""The paths of batch transform's filters select as SageMaker documents."""

from __future__ import annotations

import pytest

from local_aws.sagemaker.transform_filters import FilterError, Path

RECORD = {"id": 7, "tags": ["a", "b", "c"], "deep": {"x": [{"y": 1}, {"y": 2}]}, "odd name": True}


@pytest.mark.parametrize(
    ("path", "selected"),
    [
        ("$", RECORD),
        ("$.id", 7),
        ("$['odd name']", True),
        ("$['id','tags']", {"id": 7, "tags": ["a", "b", "c"]}),
        ("$.tags[1:]", ["b", "c"]),
        ("$.tags[:-1]", ["a", "b"]),
        ("$.tags[-1]", "c"),
        ("$.tags[0,2]", ["a", "c"]),
        ("$.deep.x[*].y", [1, 2]),
        ("$.deep.['x']", [{"y": 1}, {"y": 2}]),
    ],
)
def test_a_path_selects(path, selected):
    assert Path.parse(path).select(RECORD) == selected


@pytest.mark.parametrize("path", ["", "id", "$.", "$..id", "$[?(@.a)]", "$[", "$.tags[1:2:3]"])
def test_what_is_no_path_is_refused(path):
    with pytest.raises(FilterError, match="is no path of batch transform"):
        Path.parse(path)


@pytest.mark.parametrize("path", ["$.none", "$.tags[9]", "$[0]", "$.id[0]", "$.tags.name"])
def test_a_record_without_the_part_is_refused(path):
    with pytest.raises(FilterError, match="has nothing at"):
        Path.parse(path).select(RECORD)
