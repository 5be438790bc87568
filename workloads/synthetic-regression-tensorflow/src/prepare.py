"""Generate the data: y is x from -2000 on and -x - 4000 below, with noise. A processing job, or a plain script.

In a shell: python prepare.py --output DIR makes DIR/train, DIR/validation, DIR/test and DIR/all, each with a CSV file
without a header, y first. The generator's seed is fixed, so the 1,000 rows are the same on every machine.
"""

import argparse
from pathlib import Path

import numpy as np
from sklearn.model_selection import train_test_split

ROWS, START, END, KINK, SEED = 1000, -5000, 5000, -2000, 42
NOISE_MEAN, NOISE_DEVIATION = 150, 150


def main() -> None:
    """Generate, split 640 to 160 to 200, write."""
    parser = argparse.ArgumentParser(description="Generate the synthetic data.")
    parser.add_argument("--output", type=Path, default=Path("/opt/ml/processing/output"), help="folder for the parts")
    output = parser.parse_args().output
    rows = generate()
    rest, test = train_test_split(rows, test_size=0.2, random_state=0)
    train, validation = train_test_split(rest, test_size=0.2, random_state=0)
    for name, part in (("train", train), ("validation", validation), ("test", test)):
        print(f"{write(output / name / f'{name}_data.csv', part)}: {len(part)} rows")
    print(f"{write(output / 'all' / 'all_data.csv', rows)}: all of them")


def generate() -> np.ndarray:
    """The rows, y and x."""
    random = np.random.RandomState(SEED)  # the generator whose numbers never change
    x = random.randint(START, END, size=ROWS)
    y = np.where(x >= KINK, x, -x - 4000) + random.normal(NOISE_MEAN, NOISE_DEVIATION, ROWS)
    return np.column_stack([y, x])


def write(path: Path, rows: np.ndarray) -> Path:
    """Write rows without a header; return where."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savetxt(path, rows, fmt="%.17g", delimiter=",")
    return path


if __name__ == "__main__":
    main()
