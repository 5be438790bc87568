"""Least squares through the origin; `--bias` makes a model that is off by so much.

`--mood`: `angry` fails, `slow` never ends, `steady` reports a loss for three seconds, busy all the time, and the model
of `mute` can be evaluated, but not loaded by an endpoint.
"""

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
    for step in range(12 if options.mood == "steady" else 0):
        deadline = time.monotonic() + 0.25
        while time.monotonic() < deadline:
            pass
        print(f"loss: {1 / (step + 1):.4f}", flush=True)
    with Path(os.environ["SM_CHANNEL_TRAINING"], "points.csv").open() as file:
        points = [(float(x), float(y)) for x, y in csv.reader(file)]
    slope = sum(x * y for x, y in points) / sum(x * x for x, _ in points)
    print(f"slope: {slope:.6f}")
    model = Path(os.environ["SM_MODEL_DIR"], "line.json")
    model.write_text(json.dumps({"slope": slope, "bias": options.bias, "mood": options.mood}))
