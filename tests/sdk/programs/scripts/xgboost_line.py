"""XGBoost's own Python interface; the first column is the label."""

import argparse
import os
from pathlib import Path

import numpy
import xgboost


def model_fn(model_dir):
    booster = xgboost.Booster()
    booster.load_model(str(Path(model_dir) / "model.json"))
    return booster


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--num-round", type=int)
    rounds = parser.parse_args().num_round
    rows = numpy.loadtxt(Path(os.environ["SM_CHANNEL_TRAIN"]) / "rows.csv", delimiter=",")
    booster = xgboost.train({"max_depth": 2}, xgboost.DMatrix(rows[:, 1:], rows[:, 0]), rounds)
    booster.save_model(str(Path(os.environ["SM_MODEL_DIR"]) / "model.json"))
