"""The mean error of a model on the points, for the quality gate."""

import csv
import json
import tarfile
from pathlib import Path

ROOT = Path("/opt/ml/processing")

if __name__ == "__main__":
    with tarfile.open(ROOT / "input" / "model" / "model.tar.gz") as archive:
        line = json.load(archive.extractfile("line.json"))
    with (ROOT / "input" / "points" / "points.csv").open() as file:
        points = [(float(x), float(y)) for x, y in csv.reader(file)]
    error = sum(abs(line["slope"] * x + line["bias"] - y) for x, y in points) / len(points)
    (ROOT / "output" / "metrics" / "metrics.json").write_text(json.dumps({"error": error}))
    print(f"error: {error}")
