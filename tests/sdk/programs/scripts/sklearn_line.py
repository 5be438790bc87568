"""A line through the rows of train: the first column is the label."""

import argparse
import os
from pathlib import Path

import joblib
import numpy
from sklearn.linear_model import LinearRegression


def model_fn(model_dir):
    return joblib.load(Path(model_dir) / "model.joblib")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--fit-intercept", type=int, default=1)
    parser.add_argument("--train", default=os.environ.get("SM_CHANNEL_TRAIN"))
    parser.add_argument("--model-dir", default=os.environ.get("SM_MODEL_DIR"))
    parser.add_argument("--unused", type=float)
    options = parser.parse_args()
    rows = numpy.concatenate([numpy.loadtxt(file, delimiter=",", ndmin=2) for file in Path(options.train).iterdir()])
    model = LinearRegression(fit_intercept=bool(options.fit_intercept)).fit(rows[:, 1:], rows[:, 0])
    print(f"score={model.score(rows[:, 1:], rows[:, 0]):.4f}")
    joblib.dump(model, Path(options.model_dir) / "model.joblib")
