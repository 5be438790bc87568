"""Generate points around a line that is broken at x = -2,000, and split them: a processing job, or alone in a shell.

    python prepare.py --output DIR    # DIR/train/training_data.csv, DIR/validation/..., DIR/test/..., DIR/all/...

Tables have no header; the first column is y, the second x. The seed is fixed: every run makes the same points.
"""

import argparse
from pathlib import Path

import numpy as np
from sklearn.model_selection import train_test_split

LOWEST, HIGHEST, BEND = -5000, 5000, -2000
NOISE_MEAN, NOISE_DEVIATION = 150, 150
SHARE = 0.2
"""The share of all points for the test set, and of the others for the validation set."""


def main() -> None:
    """Generate, split, write."""
    parser = argparse.ArgumentParser(description="Generate synthetic points for a regression.")
    parser.add_argument(
        "--output", type=Path, default=Path("/opt/ml/processing/output"), help="folder for four folders"
    )
    parser.add_argument("--samples", type=int, default=1000, help="how many points")
    options = parser.parse_args()
    points = generate(options.samples)
    rest, test = train_test_split(points, test_size=SHARE, random_state=0)
    training, validation = train_test_split(rest, test_size=SHARE, random_state=0)
    parts = {"train/training": training, "validation/validation": validation, "test/test": test, "all/all": points}
    for name, part in parts.items():
        path = options.output / f"{name}_data.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savetxt(path, part, fmt=("%.6f", "%d"), delimiter=",")
        print(f"{path}: {len(part)} {'points' if part is points else 'rows'}")


def generate(samples: int, seed: int = 42) -> np.ndarray:
    """Return points as rows of y and x."""
    chance = np.random.RandomState(seed)  # the generator by which the published points were made
    x = chance.randint(LOWEST, HIGHEST, samples)
    return np.column_stack([formula(x) + chance.normal(NOISE_MEAN, NOISE_DEVIATION, samples), x])


def formula(x: np.ndarray) -> np.ndarray:
    """What the points lie around: rising from the bend on, falling towards it before."""
    return np.where(x >= BEND, x, -x - 4000)


if __name__ == "__main__":
    main()
