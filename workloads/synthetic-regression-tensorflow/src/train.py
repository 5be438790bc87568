"""A multilayer perceptron of Keras on the synthetic data, as a SageMaker script and as a plain one:

python train.py --train DIR --validation DIR --test DIR --model-dir DIR

Note: the scaling is part of the model, so that the SavedModel takes x and answers y as they are.
"""

import keras
import numpy as np
from keras import layers
from regression import parse_options, read, report

VERSION = "1"
LAYERS, UNITS, SEED = 7, 100, 42


def main() -> None:
    """Train, print the metric that SageMaker's metric definitions look for, and export the model."""
    options = parse_options(
        "An MLP of Keras.", epochs=(100, "times that all rows are seen"), batch_size=(100, "rows per step")
    )
    keras.utils.set_random_seed(SEED)
    x, y = read(options.train)
    network = build(x, y)
    batch, epochs = options.batch_size, options.epochs
    network.fit(column(x), column(y), batch_size=batch, epochs=epochs, verbose=0)
    validation_x, validation_y = read(options.validation)
    print(f"Validation loss: {network.evaluate(column(validation_x), column(validation_y), verbose=0):.1f}")
    report(lambda values: network.predict(column(values), verbose=0)[:, 0], options)
    network.export(options.model_dir / VERSION, verbose=False)


def build(x: np.ndarray, y: np.ndarray) -> keras.Model:
    """Seven dense layers, between a layer that scales x and one that takes y back to its own scale."""
    normalize = layers.Normalization(axis=None, mean=x.mean(), variance=x.var())
    restore = layers.Rescaling(scale=float(y.std()), offset=float(y.mean()))
    hidden = [layers.Dense(UNITS, activation="leaky_relu") for _ in range(LAYERS)]
    model = keras.Sequential([keras.Input((1,), name="x"), normalize, *hidden, layers.Dense(1), restore])
    model.compile(loss="mean_squared_error", optimizer="adam")
    return model


def column(values: np.ndarray) -> np.ndarray:
    """A matrix of one column, in the type that the network computes with."""
    return values.reshape(-1, 1).astype(np.float32)


if __name__ == "__main__":
    main()
