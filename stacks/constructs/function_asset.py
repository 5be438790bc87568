"""A function's code as a folder: its handler, what all functions share, the request builders, and the catalogue.

The folder's name is the hash of what is in it, so that synths may run side by side, and the same content is always the
same asset.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from launchpad import paths
from launchpad.catalogue import Catalogue
from launchpad.packaging import source_files

FUNCTIONS = paths.ROOT / "lambda"


def function_asset(folder: str, catalogue: Catalogue) -> Path:
    """The folder to hand to `Code.from_asset`."""
    files = _files(folder, catalogue)
    target = paths.BUILD / "functions" / f"{folder}-{_digest(files)}"
    if not target.is_dir():
        _write(files, target)
    return target


def _files(folder: str, catalogue: Catalogue) -> dict[str, bytes]:
    code = {
        **source_files(FUNCTIONS / "shared"),
        **source_files(FUNCTIONS / folder),
        "launchpad/__init__.py": paths.ROOT / "launchpad" / "__init__.py",
        **{f"launchpad/requests/{name}": path for name, path in source_files(_REQUESTS).items()},
    }
    return {
        **{name: path.read_bytes() for name, path in code.items()},
        "catalogue.json": json.dumps(catalogue.workloads, sort_keys=True).encode(),
        "sources.zip": _together(catalogue),
    }


def _together(catalogue: Catalogue) -> bytes:
    """All packaged scripts in one file, for CDK copies an asset file by file. The same bytes for the same scripts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as sources:
        for digest, archive in sorted(catalogue.archives.items()):
            sources.writestr(zipfile.ZipInfo(f"{digest}.tar.gz"), archive.data)
    return buffer.getvalue()


_REQUESTS = paths.ROOT / "launchpad" / "requests"


def _digest(files: Mapping[str, bytes]) -> str:
    whole = hashlib.sha256()
    for name in sorted(files):
        whole.update(f"{name}\0{len(files[name])}\0".encode())
        whole.update(files[name])
    return whole.hexdigest()[:16]


def _write(files: Mapping[str, bytes], target: Path) -> None:
    """Write elsewhere, then rename: another synth sees the whole folder or none."""
    target.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(dir=target.parent))
    for name, data in files.items():
        path = staging / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    staging.chmod(0o755)
    try:
        staging.rename(target)
    except OSError:
        shutil.rmtree(staging)
