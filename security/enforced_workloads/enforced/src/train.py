"""Learn the mean of the first column; fail when asked to."""

import argparse
import os
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--fail", default="false")
if parser.parse_args().fail.lower() == "true":
    base = os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml")
    Path(base, "checkpoints", "1.txt").write_text("one epoch")
    raise ValueError("asked to fail")
lines = [line for file in Path(os.environ["SM_CHANNEL_TRAINING"]).glob("*.csv") for line in file.read_text().split()]
numbers = [float(line.split(",")[0]) for line in lines]
(Path(os.environ["SM_MODEL_DIR"]) / "mean").write_text(str(sum(numbers) / len(numbers)))
print(f"rows: {len(numbers)}")
