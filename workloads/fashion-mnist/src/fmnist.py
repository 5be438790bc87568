"""A convolutional network on Fashion-MNIST, as a SageMaker script and as a plain one.

On SageMaker the paths come from SM_* variables; in a shell they are options:
    python fmnist.py --training DIR --validation DIR --model-dir DIR
Note: the model is exported below `1/`, because TensorFlow Serving wants a number; and AWS's TensorFlow image
hands over another option `--model_dir`, which a script that saves to SM_MODEL_DIR does not need.
"""

import argparse
import os
from pathlib import Path

import keras
import numpy as np
from model import build
from report import draw

VERSION = "1"
SEED, SHOWN = 123, 10


def main() -> None:
    """Train, print the metric that SageMaker's metric definitions look for, and export the model."""
    options = parse_options()
    keras.utils.set_random_seed(SEED)
    images, labels = read(options.training / "training.npz")
    validation = read(options.validation / "validation.npz")
    network = build(options.learning_rate)
    batch = options.batch_size * max(1, options.gpu_count)  # each GPU gets a batch of the size that was asked for
    print(f"{len(images)} images, batches of {batch}")
    network.fit(images, labels, batch_size=batch, epochs=options.epochs, validation_data=validation, verbose=2)

    scores = network.predict(validation[0], batch_size=1000, verbose=0)
    predicted = scores.argmax(axis=1)
    accuracy = float(np.mean(predicted == validation[1]))
    print(f"Validation accuracy: {accuracy:.4f}")
    network.export(options.model_dir / VERSION, verbose=False)
    if options.output_data_dir:
        title = f"Fashion-MNIST, {accuracy:.1%} right after {options.epochs} epochs"
        samples = validation[0][:SHOWN, :, :, 0]
        draw(options.output_data_dir / "picture.svg", samples, validation[1][:SHOWN], predicted[:SHOWN], title)


def parse_options() -> argparse.Namespace:
    """Read hyperparameters and paths; SageMaker hands every hyperparameter over as text."""
    parser = argparse.ArgumentParser(description="A convolutional network on Fashion-MNIST.", allow_abbrev=False)
    parser.add_argument("--epochs", type=int, default=10, help="times that all images are seen")
    parser.add_argument("--learning-rate", type=float, default=0.001, help="of Adam")
    parser.add_argument("--batch-size", type=int, default=128, help="images per step, for each GPU")
    gpus = int(os.environ.get("SM_NUM_GPUS") or 0)
    parser.add_argument("--gpu-count", type=int, default=gpus, help="else $SM_NUM_GPUS")
    parser.add_argument("--model_dir", dest="_elsewhere", help=argparse.SUPPRESS)
    for option, variable, meaning in (
        ("--training", "SM_CHANNEL_TRAINING", "folder with training.npz"),
        ("--validation", "SM_CHANNEL_VALIDATION", "folder with validation.npz"),
        ("--model-dir", "SM_MODEL_DIR", f"folder for {VERSION}/"),
        ("--output-data-dir", "SM_OUTPUT_DATA_DIR", "folder for picture.svg (optional)"),
    ):
        default = os.environ.get(variable) or None
        required = default is None and option != "--output-data-dir"
        parser.add_argument(option, type=Path, default=default, required=required, help=f"{meaning}; else ${variable}")
    return parser.parse_args()


def read(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Images of one channel (n, 28, 28, 1) and their labels. Leaves with one line if the file is not there."""
    if not path.is_file():
        raise SystemExit(f"FileNotFoundError: {path}: no such file; `python data.py` writes it")
    with np.load(path, allow_pickle=False) as archive:
        return archive["image"][..., np.newaxis], archive["label"]


if __name__ == "__main__":
    main()
