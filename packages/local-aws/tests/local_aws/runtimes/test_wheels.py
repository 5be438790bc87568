"""uv looks where pip is configured to look, and takes PyTorch without CUDA."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_aws.runtimes import wheels
from tests.local_aws.runtimes.conftest import REPOSITORY

PLAIN, TORCH = "six==1.17.0\n", "torch==2.13.0+cpu\n"
WHEEL = "torch-2.13.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl"
LOCKS = [
    *REPOSITORY.glob("packages/local-aws/src/local_aws/runtimes/images/*/requirements.txt"),
    *REPOSITORY.glob("workloads/*/requirements.txt"),
]
WITH_TORCH = sorted(path for path in LOCKS if "\ntorch==" in path.read_text())


@pytest.fixture(autouse=True)
def unconfigured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wheels, "CONFIGURATION", ())
    for name in ("PIP_FIND_LINKS", "PIP_CONFIG_FILE", "UV_FIND_LINKS", "UV_TORCH_BACKEND"):
        monkeypatch.delenv(name, raising=False)


def lock(folder: Path, text: str) -> Path:
    path = folder / "requirements.txt"
    path.write_text(text)
    return path


def test_pytorch_comes_from_its_index_of_cpu_builds_by_default(tmp_path: Path) -> None:
    assert wheels.variables(lock(tmp_path, TORCH)) == {"UV_TORCH_BACKEND": "cpu"}


def test_a_folder_of_pips_configuration_file_is_looked_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pip.conf").write_text("[global]\nfind-links = /wheels\n    https://example.com/wheels\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    expected = {"UV_FIND_LINKS": "/wheels,https://example.com/wheels"}
    assert wheels.variables(lock(tmp_path, PLAIN)) == expected


def test_the_cpu_build_in_a_folder_of_pips_wins_over_the_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / WHEEL).touch()
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    assert wheels.variables(lock(tmp_path, TORCH)) == {"UV_FIND_LINKS": str(tmp_path)}


def test_what_the_user_has_set_for_uv_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_TORCH_BACKEND", "cu130")
    assert wheels.variables(lock(tmp_path, TORCH)) == {}


@pytest.mark.parametrize("path", WITH_TORCH, ids=lambda path: path.parent.name)
def test_no_lock_file_brings_cuda(path: Path) -> None:
    lines = [line for line in path.read_text().splitlines() if not line.startswith(" ")]
    assert any(line.startswith("torch==") and wheels.CPU_BUILD in line for line in lines)
    assert [line for line in lines if line.startswith(("nvidia", "cuda", "triton"))] == []


@pytest.mark.parametrize("path", WITH_TORCH, ids=lambda path: path.parent.name)
def test_the_lock_has_the_builds_of_each_python_and_processor(path: Path) -> None:
    """`make lock` finds only the builds that are in reach, and keeps the others' hashes if they are in the file."""
    entry = path.read_text().partition("torch==2.13.0+cpu")[2].partition("# via")[0]
    assert entry.count("--hash=sha256:") == 4 * 2  # 3.11 to 3.14, x86-64 and ARM
