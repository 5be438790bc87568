"""Write the bank's direct marketing data as XGBoost's channels: `python data.py --output DIR [--source PLACE]`.

PLACE is the real data, as `table.py` says; without it the rows are synthetic. Text columns become a column of
0 and 1 per value, the label comes first, and there is no header.
"""

import csv
import random
from pathlib import Path

import synthetic
from table import TARGET, Row, read_or_generate

CATEGORIES = (
    "job", "marital", "education", "default", "housing", "loan", "contact", "month", "day_of_week", "poutcome",
)  # fmt: skip
VALIDATION_SHARE, SEED = 0.05, 123


def main() -> None:
    """Read or generate, encode, shuffle, split, write."""
    rows, output = read_or_generate()
    share_out(encode(rows), output)


def encode(rows: list[Row]) -> list[list[str]]:
    """The label, the numbers, then a column for each value of each text column, in an order that is always the same."""
    numbers = [name for name in synthetic.COLUMNS if name not in CATEGORIES]
    values = {name: sorted({row[name] for row in rows}) for name in CATEGORIES}
    return [
        [
            str(int(row[TARGET] == "yes")),
            *(row[name] for name in numbers),
            *(str(int(row[name] == value)) for name in CATEGORIES for value in values[name]),
        ]
        for row in rows
    ]


def share_out(rows: list[list[str]], output: Path) -> None:
    """Shuffle, and write both channels."""
    shuffled = random.Random(SEED).sample(rows, len(rows))  # noqa: S311 -- a split, not a secret
    validations = round(len(rows) * VALIDATION_SHARE)
    for channel, part in (("validation", shuffled[:validations]), ("train", shuffled[validations:])):
        path = output / channel / f"{channel}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows(part)
        print(f"{path}: {len(part)} rows, {len(part[0])} columns")


if __name__ == "__main__":
    main()
