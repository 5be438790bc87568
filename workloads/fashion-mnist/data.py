"""Write Fashion-MNIST as NumPy archives: `python data.py --output DIR [--source FOLDER]`.

DIR/training/training.npz has the 60,000 images and labels to learn from, DIR/validation/validation.npz the 10,000 to
judge by. The files come from the Debian package dataset-fashion-mnist: from where it is installed, or else it is
downloaded and unpacked, which needs no root. Elsewhere `--source` names a folder with the four .gz files.
"""

import argparse
import gzip
import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

PACKAGE = "dataset-fashion-mnist"
PLACE = Path("usr/share/datasets/fashion-mnist")
SETS = {"training": "train", "validation": "t10k"}
CHECKSUMS = {
    "train-images-idx3-ubyte.gz": "b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7",
    "train-labels-idx1-ubyte.gz": "0ae29f65d86684f32d1b9c85147786c547b9c6aebcaf235f0400a0cce308b056",
    "t10k-images-idx3-ubyte.gz": "cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa",
    "t10k-labels-idx1-ubyte.gz": "8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05",
}
"""SHA-256 of each file, as its authors published it."""
SIZE = 28
HEADERS = {"images-idx3": 16, "labels-idx1": 8}
"""Bytes before the values, by the file's kind."""


def main() -> None:
    """Find, check, convert."""
    parser = argparse.ArgumentParser(description="Prepare Fashion-MNIST.")
    parser.add_argument("--output", type=Path, required=True, help="folder that gets one folder per channel")
    parser.add_argument("--source", type=Path, help="folder with the four .gz files, in place of the package")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        source = options.source or installed() or download(Path(scratch))
        for channel, prefix in SETS.items():
            images = read(source, prefix, "images-idx3").reshape(-1, SIZE, SIZE)
            labels = read(source, prefix, "labels-idx1")
            path = options.output / channel / f"{channel}.npz"
            path.parent.mkdir(parents=True, exist_ok=True)
            np.savez_compressed(path, image=images, label=labels)
            print(f"{path}: {len(labels)} rows")


def installed() -> Path | None:
    """Where the package's files are, if it is installed."""
    folder = Path("/") / PLACE
    return folder if folder.is_dir() else None


def download(folder: Path) -> Path:
    """Fetch the package with apt-get and unpack it; leave with a remedy where that can't be."""
    if missing := [program for program in ("apt-get", "dpkg-deb") if shutil.which(program) is None]:
        raise SystemExit(f"no {missing[0]} here: fetch the four files of Fashion-MNIST, and pass --source FOLDER")
    fetched = subprocess.run(["apt-get", "download", PACKAGE], cwd=folder, capture_output=True, text=True)
    if fetched.returncode != 0:
        raise SystemExit(f"apt-get download {PACKAGE} failed (apt-get update may help): {fetched.stderr.strip()}")
    (package,) = folder.glob("*.deb")
    subprocess.run(["dpkg-deb", "-x", package, folder], check=True)
    return folder / PLACE


def read(source: Path, prefix: str, kind: str) -> np.ndarray:
    """The values of one file. Leaves if it is not the file that we know."""
    path = source / f"{prefix}-{kind}-ubyte.gz"
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != CHECKSUMS[path.name]:
        raise SystemExit(f"{path}: not the published file, by its SHA-256")
    return np.frombuffer(gzip.decompress(content), dtype=np.uint8, offset=HEADERS[kind])


if __name__ == "__main__":
    main()
