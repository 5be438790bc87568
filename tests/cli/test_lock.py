"""`launchpad lock` locks the files of one workload or container, each as it is used, and no others."""

from __future__ import annotations

import pytest

from launchpad import paths
from launchpad.cli import locking
from launchpad.cli.commands.lock import lock
from launchpad.cli.locking import folder_of, options_of
from launchpad.cli.programs import uv
from launchpad.messages.errors import LaunchpadError

FILES = (
    "workloads/wine/requirements.in",
    "workloads/wine/data-requirements.in",
    "workloads/wine/src/requirements.in",
    "workloads/other/requirements.in",
    "containers/box/requirements.in",
    "containers/both/requirements.in",
    "workloads/both/requirements.in",
)


@pytest.fixture
def locked(tmp_path, monkeypatch):
    """A checkout of workloads and containers, and the files that uv was asked to lock, with their options."""
    monkeypatch.setattr(paths, "WORKLOADS", tmp_path / "workloads")
    monkeypatch.setattr(paths, "CONTAINERS", tmp_path / "containers")
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("pandas\n")
    (tmp_path / "workloads" / "empty").mkdir()
    calls: list[list[str]] = []
    monkeypatch.setattr(uv, "run_uv", lambda arguments, _: calls.append(arguments))
    return lambda: [
        str(next(word for word in call if word.endswith(".in"))[len(str(tmp_path)) + 1 :]) for call in calls
    ]


def test_only_the_files_of_the_named_workload_are_locked(locked):
    lock("wine")
    assert locked() == sorted(FILES[:3])


def test_a_container_is_locked_by_its_name(locked):
    lock("box")
    assert locked() == ["containers/box/requirements.in"]


def test_a_name_of_both_needs_its_folder(locked):
    with pytest.raises(LaunchpadError, match="write workloads/both or containers/both"):
        lock("both")
    lock("containers/both")
    assert locked() == ["containers/both/requirements.in"]


def test_all_of_them_are_locked_at_once(locked):
    lock(every=True)
    assert sorted(locked()) == sorted(FILES)


def test_an_unknown_name_is_answered_with_the_nearest(locked):
    with pytest.raises(LaunchpadError, match="no workload or container 'wien'; did you mean 'wine'"):
        folder_of("wien")


def test_a_folder_without_requirements_says_which_file_to_write(locked):
    with pytest.raises(LaunchpadError, match=r"write the packages into .*workloads/empty/data-requirements\.in"):
        lock("empty")


def test_what_a_containers_base_image_has_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "CONTAINERS", tmp_path)
    source = tmp_path / "box" / "requirements.in"
    source.parent.mkdir()
    source.write_text("# base has: boto3 six\nsagemaker-inference\n")
    assert options_of(source) == ["--no-emit-package", "boto3", "--no-emit-package", "six"]


def test_the_makefiles_options_are_the_commands():
    makefile = (paths.ROOT / "Makefile").read_text("utf-8")
    assert " ".join((*locking.COMPILE, *locking.COMPILE_OUTPUT)) in makefile


def test_a_package_without_a_hash_is_answered_with_the_lock_command(tmp_path):
    requirements = tmp_path / "wine" / "data-requirements.txt"
    requirements.parent.mkdir()
    requirements.write_text("pandas\n")
    with pytest.raises(
        LaunchpadError, match=r"write the package into data-requirements\.in, then `launchpad lock wine`"
    ):
        uv.python_with(requirements, tmp_path / "cache")
