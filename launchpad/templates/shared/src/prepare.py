"""Turn raw rows into the channels: a processing job, or `python prepare.py --input DIR --output DIR` in a shell.

DIR/raw/rows.csv becomes DIR/training/rows.csv and DIR/test/rows.csv, without rows that lack a value or come twice.
"""

import argparse
from pathlib import Path

import pandas as pd

TEST_EVERY = 4
"""One row of so many is kept from training."""


def main() -> None:
    """Read, clean, split, write."""
    parser = argparse.ArgumentParser(description="Prepare the channels.")
    parser.add_argument("--input", type=Path, default=Path("/opt/ml/processing/input"), help="holds raw/rows.csv")
    parser.add_argument("--output", type=Path, default=Path("/opt/ml/processing/output"), help="gets two folders")
    options = parser.parse_args()
    rows = pd.read_csv(options.input / "raw" / "rows.csv").dropna().drop_duplicates().reset_index(drop=True)
    test = rows.index % TEST_EVERY == 0
    for name, part in {"training": rows[~test], "test": rows[test]}.items():
        (options.output / name).mkdir(parents=True, exist_ok=True)
        part.to_csv(options.output / name / "rows.csv", index=False)
        print(f"{name}: {len(part)} rows")


if __name__ == "__main__":
    main()
