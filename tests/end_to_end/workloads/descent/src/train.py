"""Gradient descent of (weight - 3)²; what it has reached is in a checkpoint after each step.

From the middle on it is slow, until it has been interrupted: on any machine there is time for that.
"""

import argparse
import json
import os
import time
from pathlib import Path

CHECKPOINT = Path("/opt/ml/checkpoints/state.json")

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int)
    steps = parser.parse_args().steps
    state = json.loads(CHECKPOINT.read_text()) if CHECKPOINT.exists() else {"step": 0, "weight": 0.0}
    print("begins at step", state["step"], flush=True)
    interrupted = CHECKPOINT.exists()
    while state["step"] < steps:
        state = {"step": state["step"] + 1, "weight": state["weight"] - 0.2 * (state["weight"] - 3)}
        draft = CHECKPOINT.with_suffix(".draft")
        draft.write_text(json.dumps(state))
        draft.replace(CHECKPOINT)
        time.sleep(0.15 if interrupted or state["step"] < steps / 2 else 2)
    print(f"weight: {state['weight']!r}")
    Path(os.environ["SM_MODEL_DIR"], "weight").write_text(repr(state["weight"]))
