"""A script with a syntax error is refused before a job is started, with its line."""

from __future__ import annotations

import sys
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from launchpad.catalogue.scripts import syntax_problems


def test_a_syntax_error_is_named_with_its_line(tmp_path):
    (tmp_path / "train.py").write_text("import os\nif True\n    pass\n")
    (tmp_path / "fine.py").write_text("print('é')\n", "utf-8")
    (problem,) = syntax_problems([tmp_path, tmp_path, tmp_path / "missing"])
    assert (problem.path.name, problem.line) == ("train.py", 2)
    assert "can't read it: expected ':'; correct the syntax" in problem.message


def test_a_binary_file_with_pythons_ending_is_refused(tmp_path):
    (tmp_path / "train.py").write_bytes(b"\0")
    assert len(syntax_problems([tmp_path])) == 1


def test_other_files_are_not_read_as_python(tmp_path):
    (tmp_path / "requirements.txt").write_text("if if if")
    assert syntax_problems([tmp_path]) == []


def test_what_only_the_compiler_refuses_is_named(tmp_path):
    (tmp_path / "train.py").write_text("import os\nreturn os\n")
    (problem,) = syntax_problems([tmp_path])
    assert (problem.line, "'return' outside function" in problem.message) == (2, True)


def test_a_script_that_python_warns_of_is_left_to_its_author(tmp_path, recwarn):
    (tmp_path / "train.py").write_text('print("\\d" is "d")\n')
    assert syntax_problems([tmp_path]) == []
    assert list(recwarn) == []


def test_a_changed_script_is_compiled_again(tmp_path):
    script = tmp_path / "train.py"
    script.write_text("fine = 1\n")
    assert syntax_problems([tmp_path]) == []
    script.write_text("fine is 1 1\n")
    assert len(syntax_problems([tmp_path])) == 1


@pytest.mark.parametrize("rest", [b"", b"\xff"])
def test_broken_byte_code_does_not_speak_against_a_script(tmp_path, monkeypatch, rest):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    script = tmp_path / "train.py"
    script.write_text("fine = 1\n")
    assert syntax_problems([tmp_path]) == []
    kept = Path(cache_from_source(str(script)))
    kept.write_bytes(kept.read_bytes()[:16] + rest)  # the header that says which source it is of
    assert syntax_problems([tmp_path]) == []
