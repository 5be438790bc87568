"""Least squares through the origin. `--mood` makes it fail or dawdle, `--bias` makes a model that is off by so much."""

import argparse
import csv
import json
import os
import time
from pathlib import Path

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--bias", type=float, default=0)
    parser.add_argument("--mood", default="calm")
    options = parser.parse_args()
    if options.mood == "angry":
        raise ValueError("no line goes through these points")
    if options.mood == "slow":
        print("asleep", flush=True)
        time.sleep(600)
    with Path(os.environ["SM_CHANNEL_TRAINING"], "points.csv").open() as file:
        points = [(float(x), float(y)) for x, y in csv.reader(file)]
    slope = sum(x * y for x, y in points) / sum(x * x for x, _ in points)
    print(f"slope: {slope:.6f}")
    model = Path(os.environ["SM_MODEL_DIR"], "line.json")
    model.write_text(json.dumps({"slope": slope, "bias": options.bias}))
