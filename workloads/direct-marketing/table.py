"""Write the bank's direct marketing data as a table with a header: `python table.py --output DIR [--source PLACE]`.

PLACE, or else the variable DIRECT_MARKETING_SOURCE, is the real data: bank-additional-full.csv, or the .zip that it
comes in, as a file or as `s3://bucket/key`. Without it the rows are synthetic (see `synthetic.py`) and the output says
so. Note: text columns stay text, because MLflow's model makes columns of 0 and 1 of them; `data.py` makes them here.
"""

import argparse
import csv
import io
import os
import zipfile
from pathlib import Path

import synthetic

VARIABLE = "DIRECT_MARKETING_SOURCE"
TARGET = "y"
COLUMNS = (*synthetic.COLUMNS, TARGET)
MEMBER = "bank-additional-full.csv"
SYNTHETIC_ROWS = 6000

Row = dict[str, str]


def main() -> None:
    """Read or generate, write."""
    rows, output = read_or_generate()
    path = output / "training" / "customers.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{path}: {len(rows)} rows, {len(COLUMNS)} columns")


def read_or_generate() -> tuple[list[Row], Path]:
    """The rows, real ones where the options or the environment name them, and the folder to write to."""
    parser = argparse.ArgumentParser(description="Prepare the direct marketing data.")
    parser.add_argument("--output", type=Path, required=True, help="folder that gets one folder per channel")
    parser.add_argument("--source", default=os.environ.get(VARIABLE), help=f"file or s3:// URI; else ${VARIABLE}")
    options = parser.parse_args()
    if not options.source:
        print(f"no --source and no ${VARIABLE}: the rows are synthetic")
    return (read(options.source) if options.source else synthetic.generate(SYNTHETIC_ROWS)), options.output


def read(source: str) -> list[Row]:
    """The real rows; leave with what is wrong if they are not what we know."""
    content = fetch(source)
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            (member,) = [name for name in archive.namelist() if name.endswith(MEMBER) and "__MACOSX" not in name]
            content = archive.read(member)
    text = content.decode("utf-8-sig")
    delimiter = ";" if ";" in text.partition("\n")[0] else ","
    rows = list(csv.DictReader(io.StringIO(text), delimiter=delimiter))
    missing = [name for name in COLUMNS if not rows or name not in rows[0]]
    if missing:
        raise SystemExit(f"{source}: no column {missing[0]!r}; expected {MEMBER} or its .zip")
    return rows


def fetch(source: str) -> bytes:
    """The bytes of a file, or of an object in S3."""
    if not source.startswith("s3://"):
        return Path(source).read_bytes()
    import boto3

    bucket, _, key = source.removeprefix("s3://").partition("/")
    body: bytes = boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    return body


if __name__ == "__main__":
    main()
