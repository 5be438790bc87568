"""The height of the parabola at x; the model is x."""

import argparse
import os
import time
from pathlib import Path

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--place", type=float, required=True)
    parser.add_argument("--fail", default="false")
    parser.add_argument("--seconds", type=int, default=0)
    options = parser.parse_args()
    time.sleep(options.seconds)
    if options.fail.lower() == "true":
        raise ValueError("the parabola is closed")
    x = options.place
    print(f"height: {(x - 1) ** 2:.6f}")
    Path(os.environ["SM_MODEL_DIR"], "x.txt").write_text(str(x))
