"""The matrix of images and modes has a row for each image that the repository's lists name."""

from __future__ import annotations

import itertools

import pytest

from launchpad import paths
from launchpad.images import image_lock
from launchpad.workload.serving.rules import MULTI_MODEL
from local_aws.runtimes.command_lines import programs
from local_aws.runtimes.images import ImageNotFoundError, load_images
from local_aws.sagemaker.builtin_algorithms import INSTEAD
from tests.modes.rows import INSTANCE_TYPE, LABELS, OWN, REGION, ROWS, SHARED, find

LOCKED = tuple(image_lock.versions_by_name())


def test_every_image_that_serves_has_a_row():
    serving = {image.name for image in load_images() if "serve" in programs(image)}
    assert {find(row.uri).name for row in ROWS} >= serving


def test_an_image_with_an_algorithm_and_scripts_has_a_row_for_each():
    for image in load_images():
        if "LOCAL_AWS_ALGORITHM" in image.environment:
            rows = [row for row in ROWS if find(row.uri).name == image.name]
            assert sorted("SAGEMAKER_PROGRAM" in row.variables for row in rows) == [False, True]


@pytest.mark.parametrize("name", LOCKED)
def test_every_locked_image_has_a_row_or_is_refused(name):
    uri = image_lock.resolve(name, None, "inference", INSTANCE_TYPE, REGION)
    try:
        image = find(uri)
    except ImageNotFoundError:
        assert name in INSTEAD
    else:
        assert image.name in {find(row.uri).name for row in ROWS}


def test_workloads_may_share_an_endpoint_where_their_image_may():
    rows = {row.uri: row for row in ROWS}
    uris = {name: image_lock.resolve(name, None, "inference", INSTANCE_TYPE, REGION) for name in LOCKED}
    shared = {name for name, uri in uris.items() if uri in rows and SHARED not in rows[uri].unlabelled}
    assert shared == {name for name in MULTI_MODEL if uris.get(name) in rows}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_says_what_the_runtime_knows_of_its_image(row):
    image = find(row.uri)
    assert row.serves == ("serve" in programs(image))
    assert row.unlabelled == {mode for mode, label in LABELS.items() if label not in image.labels_of(row.uri)}


def test_an_own_image_needs_no_label_outside_series_and_shared():
    assert OWN.unlabelled == set(LABELS)


def _table() -> list[str]:
    """The matrix as docs/serving.md has it."""
    lines = ["| image | real time, serverless, asynchronous | streams | series | shared |", "|---|---|---|---|---|"]
    for row in ROWS:
        name = f"`{row.name}`" if "/" in row.name else row.name
        served = "yes" if row.serves else "no model server"
        streamed = ("in parts" if row.parts else "in one part") if row.serves else "-"
        labelled = ["yes" if mode not in row.unlabelled else "no label" if row.serves else "-" for mode in LABELS]
        lines.append(f"| {' | '.join([name, served, streamed, *labelled])} |")
    return lines


def test_the_docs_have_the_matrix():
    """All of it but containers that a fork has added, for which no page has to be edited."""
    table = _table()
    page = (paths.ROOT / "docs" / "serving.md").read_text("utf-8").splitlines()
    first = page.index(table[0])
    documented = list(itertools.takewhile(bool, page[first:]))
    added = [line for line in table if line not in documented]
    assert documented == [line for line in table if line not in added]
    assert all(line.startswith("| `containers/") for line in added)
