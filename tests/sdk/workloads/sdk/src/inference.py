"""Rows times the sum."""

import pathlib


def model_fn(folder):
    return float(pathlib.Path(folder, "sum").read_text())


def predict_fn(rows, model):
    return rows * model
