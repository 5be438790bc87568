"""A script as a user would bring it: a linear regression, by gradient descent if it is asked to."""

import argparse
import os
import signal
import sys
from pathlib import Path

import joblib
import pandas as pd
from sklearn.linear_model import LinearRegression, SGDRegressor
from sklearn.preprocessing import StandardScaler


def main() -> None:
    """Train on every row."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--target", default="price")
    parser.add_argument("--epochs", type=int, default=0)
    options = parser.parse_args()
    data = pd.concat(pd.read_csv(path) for path in Path(os.environ["SM_CHANNEL_TRAINING"]).glob("*.csv"))
    if options.target not in data:
        raise ValueError(f"{options.target!r} is none of the columns {', '.join(data.columns)}")
    samples, labels = data.drop(columns=options.target), data[options.target]
    model = descend(samples, labels, options.epochs) if options.epochs else LinearRegression().fit(samples, labels)
    joblib.dump(model, Path(os.environ["SM_MODEL_DIR"]) / "model.joblib")
    print(f"Coefficients: {', '.join(f'{number:.2f}' for number in model.coef_)}")


def descend(samples: pd.DataFrame, labels: pd.Series, epochs: int) -> SGDRegressor:
    """Go on from the last checkpoint; leave one when SIGTERM comes."""
    path = Path(os.environ["SM_MODEL_DIR"]).parent / "checkpoints" / "checkpoint.joblib"
    model, first = joblib.load(path) if path.exists() else (SGDRegressor(), 0)
    if first:
        print(f"resuming after epoch {first}", flush=True)
    stopping = []
    signal.signal(signal.SIGTERM, lambda *_: stopping.append(True))
    scaled = StandardScaler().fit_transform(samples)
    for epoch in range(first + 1, epochs + 1):
        model.partial_fit(scaled, labels)
        if epoch % 1000 == 0:
            print(f"epoch {epoch}", flush=True)
        if stopping:
            joblib.dump((model, epoch), path)
            sys.exit(128 + signal.SIGTERM)
    return model


if __name__ == "__main__":
    main()
