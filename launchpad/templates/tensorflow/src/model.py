"""The model: a small neural network of Keras. Replace it with yours; train.py and evaluate.py use these functions.

It is saved as a SavedModel, which the image serves without a script: rows as CSV or JSON in, one class per row out.
"""

import argparse
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from sklearn.metrics import accuracy_score

HYPERPARAMETERS = {"epochs": 60, "learning-rate": 0.01, "hidden": 32}
METRIC_LINE = "{}: {:.3f}"
"""How train.py prints a metric, which workload.yaml looks for."""
VERSION = "1"
"""TensorFlow Serving takes the newest folder that is a number."""


def fit(features: pd.DataFrame, labels: list[int], options: argparse.Namespace) -> keras.Model:
    """Train; the scaling of the columns is part of the model, and so is the choice of the likeliest class."""
    keras.utils.set_random_seed(1)
    rows, classes = features.to_numpy(np.float32), np.array(labels)
    scaling = keras.layers.Normalization()
    scaling.adapt(rows)
    columns = keras.Input((rows.shape[1],))
    hidden = keras.layers.Dense(options.hidden, "relu")(scaling(columns))
    scores = keras.layers.Dense(int(classes.max()) + 1, "softmax")(hidden)
    model = keras.Model(columns, scores)
    model.compile(keras.optimizers.Adam(options.learning_rate), "sparse_categorical_crossentropy")
    model.fit(rows, classes, epochs=options.epochs, verbose=0)
    return keras.Model(columns, keras.ops.argmax(scores, axis=-1))


def predict(model: keras.Model | tf.Module, features: pd.DataFrame) -> list[int]:
    """One class per row."""
    rows = tf.constant(features.to_numpy(np.float32))
    return np.asarray(model(rows) if isinstance(model, keras.Model) else model.serve(rows)).tolist()


def score(labels: list[int], predicted: list[int]) -> dict[str, float]:
    """The metrics by which a model is judged."""
    return {"accuracy": accuracy_score(labels, predicted)}


def save(model: keras.Model, folder: Path) -> None:
    """Write what the image serves."""
    model.export(folder / VERSION, verbose=False)


def load(folder: Path) -> tf.Module:
    """Load what `save` wrote."""
    return tf.saved_model.load(str(folder / VERSION))
