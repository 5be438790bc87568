"""A state folder: which ones a server takes, and what it removes there."""

from __future__ import annotations

import pytest

from local_aws.ecr.layers import Layers
from local_aws.ecr.names import RegistryNames
from local_aws.files.state_file import StateFile
from local_aws.process.state_folder import StateRefusedError, prepare_state, refuse_foreign, refuse_kept


def test_a_folder_with_other_files_is_refused_as_state(tmp_path):
    (tmp_path / "jobs").mkdir()
    with pytest.raises(StateRefusedError, match=r"has other files, such as jobs, .* Name an empty or a new folder"):
        refuse_foreign(tmp_path)


def test_fresh_removes_no_file_that_a_server_has_not_written(tmp_path):
    for name in ("server.lock", "secret", "state.sqlite", "local-aws.log", "thesis.tex"):
        (tmp_path / name).touch()
    prepare_state(tmp_path, fresh=True)
    assert {path.name for path in tmp_path.iterdir()} == {"server.lock", "secret", "thesis.tex"}


def test_a_run_that_keeps_nothing_refuses_a_kept_state(tmp_path):
    StateFile.open(tmp_path).close()
    with pytest.raises(StateRefusedError, match="whose objects --per-run would delete"):
        refuse_kept(tmp_path)


def test_uploads_of_layers_that_were_cut_short_are_removed(tmp_path):
    (tmp_path / "repository").mkdir()
    for path in ("begun", "repository/layer"):
        (tmp_path / path).touch()
    Layers(tmp_path, RegistryNames("111111111111"), lambda _account, _name: True)
    assert [path.name for path in tmp_path.iterdir()] == ["repository"]
    assert (tmp_path / "repository" / "layer").exists()
