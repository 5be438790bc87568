"""The idioms that prose and names of tests do without, what is no idiom, and the names of variables and tests."""

from __future__ import annotations

import pytest

from launchpad import paths
from tools import names
from tools.vocabulary import DOCUMENTS, ROOMS, documents, main, mistakes


def remedies(tmp_path, source, name="file.py"):
    path = tmp_path / name
    path.write_text(source)
    return [line.partition(": ")[2] for line in mistakes(path)]


@pytest.mark.parametrize(
    "comment",
    [
        "cached, for it takes a second",
        "imported here, for the module is large",
        "a network of its own",
        "the reason is told",
        "whoever deploys",
        "nobody reads it",
        "beside the other",
        "Surprise: it is lazy",
        "the role's rights",
        "an artefact",
        "the file lies in a folder",
    ],
)
def test_an_idiom_is_found_in_comments_and_docstrings(tmp_path, comment):
    assert len(remedies(tmp_path, f"x = 1  # {comment}\n")) == 1
    assert len(remedies(tmp_path, f'"""{comment}"""\n')) == 1


@pytest.mark.parametrize(
    "comment",
    [
        "a folder, for each job",
        "their own spaces",
        "of their own spaces",
        "a repository of your own",
        "the rightmost",
        "recommended",
    ],
)
def test_plain_words_are_left_alone(tmp_path, comment):
    assert remedies(tmp_path, f"x = 1  # {comment}\n") == []


@pytest.mark.parametrize(
    "name",
    ["a_mistake_is_told", "an_artefact", "all_rights", "nobody_reads_it", "whoever_deploys", "it_stands_beside_it"],
)
def test_an_idiom_is_found_in_the_name_of_a_test(tmp_path, name):
    (remedy,) = remedies(tmp_path, f"class TestIt:\n    def test_{name}(): pass\n")
    assert remedy.split(": ")[0].strip("'") in name.replace("_", " ")


@pytest.mark.parametrize("name", ["test_the_rightmost", "test_a_mistake_is_reported", "whoever_deploys"])
def test_plain_names_and_other_functions_are_left_alone(tmp_path, name):
    assert remedies(tmp_path, f"def {name}(): pass\n") == []


def test_a_docstring_begins_with_a_verb_or_a_noun(tmp_path):
    source = 'def files():\n    """{}"""\n'
    assert remedies(tmp_path, source.format("Of a room, in order.")) == ["'Of': begin with a verb or a noun"]
    assert remedies(tmp_path, source.format("Offer the files of a room.")) == []


def test_a_docstring_of_an_attribute_begins_with_a_verb_or_a_noun(tmp_path):
    assert remedies(tmp_path, 'limit: int = 1\n"""In MB."""\n') == ["'In': begin with a verb or a noun"]
    assert remedies(tmp_path, 'limit: int = 1\n"""Inputs in MB."""\n') == []


def test_an_idiom_in_markdown_is_found_with_its_line(tmp_path):
    path = tmp_path / "page.md"
    path.write_text("# Page\n\n```sh\necho\n```\n\nThe `file` lies\nin a network of its\nown.\n")
    assert [line.removeprefix(f"{path}:").partition(": drop")[0].partition(": use")[0] for line in mistakes(path)] == [
        "8: 'of its own'",
        "7: 'lies in'",
    ]


@pytest.mark.parametrize("markdown", ["```sh\nnobody\n```\n", "1. Run it:\n   ```\n   nobody\n   ```\n", "`nobody`"])
def test_code_in_markdown_is_left_alone(tmp_path, markdown):
    assert remedies(tmp_path, markdown, "page.md") == []
    assert len(remedies(tmp_path, f"{markdown}\nnobody\n", "page.md")) == 1


def test_comments_and_texts_of_yaml_are_read(tmp_path):
    assert len(remedies(tmp_path, "# nobody\nreason: somebody\n", "reasons.yaml")) == 2


@pytest.mark.parametrize("pattern", DOCUMENTS)
def test_every_kind_of_document_is_read(pattern, monkeypatch):
    monkeypatch.chdir(paths.ROOT)
    assert any(path.match(pattern) for path in documents())


def test_text_that_is_no_comment_is_left_alone(tmp_path):
    assert remedies(tmp_path, 'x = "nobody"\n') == []


def test_a_mistake_names_file_line_and_remedy(tmp_path, capsys):
    path = tmp_path / "file.py"
    path.write_text('"""First.\n\nHence it is so.\n"""\n')
    assert main([str(path)]) == 1
    assert capsys.readouterr().out == f"{path}:3: 'Hence': use \"so\"\n"


def vague_lines(tmp_path, source):
    path = tmp_path / "file.py"
    path.write_text(source)
    return [line.removeprefix(f"{path}:") for line in names.mistakes("room", [path])]


@pytest.mark.parametrize(
    "source",
    [
        "found = 1\n",
        "found: int = 1\n",
        "for _, found in []: pass\n",
        "[found for found in []]\n",
        "def f(*, found): pass\n",
        "with open(0) as found: pass\n",
        "if (found := 1): pass\n",
        "try: pass\nexcept OSError as found: pass\n",
        "match 1:\n    case found: pass\n",
    ],
)
def test_a_vague_name_is_seen_wherever_it_gets_a_value(tmp_path, source):
    assert any("'found': name the thing that it holds" in line for line in vague_lines(tmp_path, source))


@pytest.mark.parametrize("source", ["bucket = 1\n", "f(found=1)\n", "x.found = 1\n", "def found(): pass\n"])
def test_other_names_attributes_and_functions_are_not_counted(tmp_path, source):
    assert vague_lines(tmp_path, source) == []


@pytest.mark.parametrize(("others", "count"), [(199, 0), (198, 2)])
def test_up_to_half_a_percent_of_variables_may_be_vague(tmp_path, others, count):
    assert len(vague_lines(tmp_path, "found = 1\n" + "bucket = 1\n" * others)) == count


def test_the_share_of_a_room_is_said_last(tmp_path):
    assert vague_lines(tmp_path, "found = bucket = 1\n")[-1] == (
        "room: 1 of 2 variables (50.0%) have vague names; at most 0.5% may"
    )


@pytest.mark.parametrize("excess", [0, 1])
def test_a_test_name_beyond_the_limit_is_a_mistake(tmp_path, capsys, excess):
    path = tmp_path / "test_file.py"
    path.write_text(f"def test_{'x' * (names.LONGEST_TEST_NAME - 5 + excess)}(): pass\n")
    assert main([str(path)]) == excess
    assert ("71 characters, at most 70: name one promise" in capsys.readouterr().out) == bool(excess)


def test_every_room_of_the_check_exists():
    assert [room for room in ROOMS if not (paths.ROOT / room).exists()] == []
