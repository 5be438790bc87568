"""The deploy function's archive: the model as it was trained, and the serving scripts under `code/`."""

from __future__ import annotations

import importlib.util
import io
import sys
import tarfile
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def bundle(request):
    """`lambda/model_bundle.py`, as Lambda would import it but for the platform, which `join` does not touch."""
    platform = types.ModuleType("platform_access")
    for name in ("ENVIRONMENT", "exists", "s3", "source_archive"):
        setattr(platform, name, None)
    sys.modules["platform_access"] = platform
    request.addfinalizer(lambda: sys.modules.pop("platform_access"))
    spec = importlib.util.spec_from_file_location("model_bundle", ROOT / "lambda" / "model_bundle.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def archive(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def contents(data: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as tar:
        return {member.name: tar.extractfile(member).read() for member in tar if member.isfile()}


def joined(bundle, model: dict[str, bytes], scripts: dict[str, bytes]) -> dict[str, bytes]:
    output = io.BytesIO()
    bundle.join(io.BytesIO(archive(model)), archive(scripts), output)
    return contents(output.getvalue())


def test_the_model_stays_and_the_scripts_are_added_to_it(bundle):
    model = {"model.joblib": b"\0" * 100_000, "vocabulary/words.txt": b"a\nb\n"}
    assert joined(bundle, model, {"inference.py": b"pass"}) == {**model, "code/inference.py": b"pass"}


@pytest.mark.parametrize("name", ["code/inference.py", "./code/inference.py", "code/old.py"])
def test_scripts_that_training_left_in_the_model_give_way(bundle, name):
    files = joined(bundle, {name: b"old", "weights": b"w"}, {"inference.py": b"new"})
    assert files == {"weights": b"w", "code/inference.py": b"new"}


def test_a_folder_whose_name_begins_with_code_is_part_of_the_model(bundle):
    assert "codebook/words" in joined(bundle, {"codebook/words": b"w"}, {"inference.py": b""})
