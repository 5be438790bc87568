"""Judge a trained model by the test rows: a processing job after training, or a plain script.

In a shell: `python evaluate.py --input DIR --output DIR`; DIR/model/model.tar.gz is the model, DIR/test/rows.csv the
rows. The quality gate reads what it writes to DIR/metrics/metrics.json.
"""

import argparse
import json
import shutil
import tempfile
from pathlib import Path

import pandas as pd
from model import load, predict, score

TARGET = "target"


def main() -> None:
    """Unpack the model, predict, compare, write the metrics."""
    parser = argparse.ArgumentParser(description="Evaluate the model.")
    parser.add_argument("--input", type=Path, default=Path("/opt/ml/processing/input"), help="holds model/ and test/")
    parser.add_argument("--output", type=Path, default=Path("/opt/ml/processing/output"), help="gets metrics/")
    options = parser.parse_args()
    rows = pd.read_csv(options.input / "test" / "rows.csv")
    with tempfile.TemporaryDirectory() as folder:
        shutil.unpack_archive(options.input / "model" / "model.tar.gz", folder)
        predicted = predict(load(Path(folder)), rows.drop(columns=TARGET))
    metrics = score(rows[TARGET].tolist(), predicted)
    (options.output / "metrics").mkdir(parents=True, exist_ok=True)
    (options.output / "metrics" / "metrics.json").write_text(json.dumps(metrics))
    print(", ".join(f"{name}: {value:.3f}" for name, value in metrics.items()))


if __name__ == "__main__":
    main()
