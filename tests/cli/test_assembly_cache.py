"""An assembly is kept for the same inputs, and for no other."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from launchpad import paths
from launchpad.cli.programs import assembly_cache


@pytest.fixture
def root(tmp_path, monkeypatch) -> Path:
    """A checkout with one workload, and a folder for assemblies."""
    root = tmp_path / "checkout"
    (root / "workloads" / "zz").mkdir(parents=True)
    (root / "workloads" / "zz" / "workload.yaml").write_text("name: zz\n")
    (root / "app.py").write_text("pass\n")
    monkeypatch.setattr(paths, "ROOT", root)
    monkeypatch.setattr(paths, "PROJECT", root)
    monkeypatch.setenv("LAUNCHPAD_ASSEMBLIES", str(tmp_path / "kept"))
    return root


@pytest.fixture
def assembly(tmp_path) -> Path:
    folder = tmp_path / "assembly"
    folder.mkdir()
    (folder / "manifest.json").write_text("{}")
    return folder


def test_the_same_files_in_another_checkout_have_the_same_key(root, tmp_path, monkeypatch):
    first = assembly_cache.key("dev", {"AWS_REGION": "eu-west-1", "LAUNCHPAD_ROOT": str(root)})
    root.rename(tmp_path / "elsewhere")
    monkeypatch.setattr(paths, "ROOT", tmp_path / "elsewhere")
    monkeypatch.setattr(paths, "PROJECT", tmp_path / "elsewhere")
    elsewhere = {"AWS_REGION": "us-east-1", "LAUNCHPAD_ROOT": str(paths.ROOT), "LAUNCHPAD_ASSEMBLIES": "elsewhere"}
    assert assembly_cache.key("dev", elsewhere) == first


def _edit(root: Path) -> None:
    (root / "workloads" / "zz" / "workload.yaml").write_text("name: yy\n")


def _add(root: Path) -> None:
    (root / "workloads" / "zz" / "train.py").write_text("")


def _rename(root: Path) -> None:
    (root / "workloads" / "zz").rename(root / "workloads" / "yy")


def _make_executable(root: Path) -> None:
    (root / "app.py").chmod(0o755)


def _grow(root: Path) -> None:
    file = root / "workloads" / "zz" / "data.csv"
    file.write_bytes(bytes(2**20 + 1))
    os.utime(file, (0, 0))


def _renew_prices(root: Path) -> None:
    (root / "prices").mkdir()
    (root / "prices" / "us-east-1.yaml").write_text("region: us-east-1\n")


@pytest.mark.parametrize("change", [_edit, _add, _renew_prices, _rename, _make_executable, _grow])
def test_any_change_of_the_files_gives_another_key(root, change):
    before = assembly_cache.key("dev", {})
    change(root)
    assert assembly_cache.key("dev", {}) != before


def test_the_environment_and_the_apps_variables_give_other_keys(root):
    variables = ({}, {"CDK_VALIDATION": "false"}, {"LAUNCHPAD_LEAVE_OUT": "zz"})
    assert len({assembly_cache.key(name, each) for name in ("dev", "prod") for each in variables}) == 6


def test_a_kept_assembly_replaces_what_is_in_the_folder(root, assembly, tmp_path):
    assembly_cache.keep("key", assembly)
    target = tmp_path / "target"
    target.mkdir()
    (target / "old.json").write_text("{}")
    assert assembly_cache.restore("key", target)
    assert [file.name for file in target.iterdir()] == ["manifest.json"]


def test_nothing_is_restored_for_another_key_or_without_a_folder(root, assembly, tmp_path, monkeypatch):
    assembly_cache.keep("key", assembly)
    assert not assembly_cache.restore("other", tmp_path / "target")
    monkeypatch.setenv("LAUNCHPAD_ASSEMBLIES", "")
    assert not assembly_cache.restore("key", tmp_path / "target")


def test_assemblies_that_are_used_least_are_forgotten(root, assembly, tmp_path):
    for number in range(assembly_cache.MOST_KEPT + 2):
        assembly_cache.keep(str(number), assembly)
        os.utime(tmp_path / "kept" / str(number), (number, number))
    assembly_cache.keep("newest", assembly)
    kept = {folder.name for folder in (tmp_path / "kept").iterdir()}
    assert len(kept) == assembly_cache.MOST_KEPT
    assert "newest" in kept
    assert "0" not in kept
