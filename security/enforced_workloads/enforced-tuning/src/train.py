"""A parabola's height at a place, after so many seconds."""

import argparse
import os
import time
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--place", type=float)
parser.add_argument("--seconds", type=float)
options = parser.parse_args()
time.sleep(options.seconds)
print(f"height: {options.place**2}")
(Path(os.environ["SM_MODEL_DIR"]) / "place").write_text(str(options.place))
