"""The idioms that comments and docstrings do without, and what is no idiom."""

from __future__ import annotations

import pytest

from tools.vocabulary import main, mistakes


def found(tmp_path, source):
    path = tmp_path / "file.py"
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
    ],
)
def test_an_idiom_is_found_in_comments_and_docstrings(tmp_path, comment):
    assert len(found(tmp_path, f"x = 1  # {comment}\n")) == 1
    assert len(found(tmp_path, f'"""{comment}"""\n')) == 1


@pytest.mark.parametrize(
    "comment", ["a folder, for each job", "their own spaces", "of their own spaces", "the rightmost", "recommended"]
)
def test_plain_words_are_left_alone(tmp_path, comment):
    assert found(tmp_path, f"x = 1  # {comment}\n") == []


def test_text_that_is_no_comment_is_left_alone(tmp_path):
    assert found(tmp_path, 'x = "nobody"\n') == []


def test_a_mistake_names_file_line_and_remedy(tmp_path, capsys):
    path = tmp_path / "file.py"
    path.write_text('"""First.\n\nHence it is so.\n"""\n')
    assert main([str(path)]) == 1
    assert capsys.readouterr().out == f"{path}:3: 'Hence': use \"so\"\n"
