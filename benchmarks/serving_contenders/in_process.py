"""The limit: one process that reads a CSV body, predicts and writes CSV. `in_process.py MODEL BODY SECONDS`.

Bodies are read as sklearn-custom reads them. Prints calls per second.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "containers" / "sklearn-custom" / "programs"))

import joblib
import numpy as np
import service

model, body = joblib.load(sys.argv[1]), Path(sys.argv[2]).read_bytes()
columns = [str(name) for name in model.feature_names_in_]
service.forget_names(model)
calls, end = 0, time.perf_counter() + float(sys.argv[3])
start = time.perf_counter()
while time.perf_counter() < end:
    service.write_csv(model.predict(np.asarray(service.read_csv(body, columns))).tolist())
    calls += 1
print(calls / (time.perf_counter() - start))
