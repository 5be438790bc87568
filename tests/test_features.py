"""The list of features can't lie: it is current, each mark means something, and each named test is there."""

from __future__ import annotations

import pytest

from tests.features import FEATURES, FILE, MarkError, Shown, marks, page


def written(tmp_path, *decorators):
    """A test with these decorators, in a checkout of its own."""
    (tmp_path / "tests").mkdir()
    lines = ["import pytest", *decorators, "def test_x():", "    pass", ""]
    (tmp_path / "tests" / "test_it.py").write_text("\n".join(lines))
    return tmp_path


def test_the_committed_list_is_what_the_marks_say():
    assert FILE.read_text("utf-8") == page(marks()), "run `.venv/bin/python -m tests.features`"


def test_a_mark_is_found_with_its_test(tmp_path):
    root = written(tmp_path, '@pytest.mark.feature("M6 tuning", "M7 profiler", local=True)')
    test = "tests/test_it.py::test_x"
    assert marks(root) == [Shown("M6 tuning", "local", test), Shown("M7 profiler", "local", test)]


@pytest.mark.parametrize(
    ("mark", "message"),
    [
        ('@pytest.mark.feature("M99 flying", local=True)', "no feature .*M99 flying"),
        ("@pytest.mark.feature(local=True)", "no feature given"),
        ('@pytest.mark.feature("M6 tuning")', "exactly one of local=True and request=True"),
        ('@pytest.mark.feature("M6 tuning", lokal=True)', "exactly one of"),
    ],
)
def test_a_mark_that_means_nothing_is_refused_with_the_test(tmp_path, mark, message):
    with pytest.raises(MarkError, match=f"tests/test_it.py::test_x: .*{message}|{message}"):
        marks(written(tmp_path, mark))


def test_a_feature_without_a_test_is_listed_as_not_yet():
    (row,) = [line for line in page([]).splitlines() if line.startswith("| M6 tuning ")]
    assert row.count("**not yet**") == 2


def test_a_test_with_two_marks_of_one_feature_is_named_once():
    twice = Shown("M6 tuning", "local", "tests/test_it.py::test_x")
    assert page([twice, twice]).count("tests/test_it.py::test_x") == 1


def test_every_feature_has_a_row():
    text = page(marks())
    assert [feature for feature in FEATURES if f"| {feature} |" not in text] == []


def test_every_feature_runs_here_and_has_its_request_for_aws_shown():
    assert [line for line in page(marks()).splitlines() if line.endswith("|") and "| **not yet**" in line] == []
