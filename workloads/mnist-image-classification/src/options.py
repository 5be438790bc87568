"""Hyperparameters, by the built-in image classification algorithm's names and meanings, and paths."""

import argparse
import os
from pathlib import Path

import torch
from images import read_shape

OPTIMIZERS = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "rmsprop": torch.optim.RMSprop}
PRECISIONS = {"float32": torch.float32, "float16": torch.bfloat16}
"""What steps are computed in; of the two half precisions the one that needs no scaling of the loss."""
NUMBERS = {
    "num_layers": (int, 18, "of the residual network"),
    "num_classes": (int, None, "how many classes there are"),
    "num_training_samples": (int, None, "how many images the training list names"),
    "mini_batch_size": (int, 32, "images of one step, on each instance"),
    "epochs": (int, 30, "how often to look at each image"),
    "learning_rate": (float, 0.1, "of the optimizer"),
    "lr_scheduler_factor": (float, 0.1, "the learning rate is multiplied by it at each step of lr_scheduler_step"),
    "top_k": (int, None, "also tell how often the class is among the best so many (optional)"),
    "checkpoint_frequency": (int, 1, "epochs between two checkpoints"),
    "seed": (int, 0, "of weights and of the images' order; the built-in algorithm has none"),
}
PATHS = {
    "train": "SM_CHANNEL_TRAIN",
    "validation": "SM_CHANNEL_VALIDATION",
    "train_lst": "SM_CHANNEL_TRAIN_LST",
    "validation_lst": "SM_CHANNEL_VALIDATION_LST",
    "model-dir": "SM_MODEL_DIR",
    "output-data-dir": "SM_OUTPUT_DATA_DIR",
    "model": "SM_CHANNEL_MODEL",
    "checkpoints": "CHECKPOINTS",
}
OPTIONAL = ("top_k", "output-data-dir", "model", "checkpoints")


def parse_options() -> argparse.Namespace:
    """Read hyperparameters and paths; SageMaker hands every hyperparameter over as text."""
    parser = argparse.ArgumentParser(description="Tell small images apart, as SageMaker's image classification does.")
    parser.add_argument("--image_shape", type=shape, default=(1, 28, 28), help="channels, height, width: 1,28,28")
    parser.add_argument("--optimizer", choices=OPTIMIZERS, default="sgd")
    parser.add_argument("--precision_dtype", choices=PRECISIONS, default="float32")
    parser.add_argument("--lr_scheduler_step", type=epochs, default=(), help="epochs with commas between, such as 3,4")
    for name, (kind, default, meaning) in NUMBERS.items():
        required = default is None and name not in OPTIONAL
        parser.add_argument(f"--{name}", type=kind, default=default, required=required, help=meaning)
    for name, variable in PATHS.items():
        default = os.environ.get(variable) or (checkpoint_folder() if name == "checkpoints" else None)
        required = default is None and name not in OPTIONAL
        parser.add_argument(
            f"--{name}", type=Path, default=default, required=required, help=f"folder; else ${variable}"
        )
    return parser.parse_args()


def shape(text: str) -> tuple[int, int, int]:
    """Read `image_shape` for argparse, which does not print a ValueError's text."""
    try:
        return read_shape(text)
    except ValueError as problem:
        raise argparse.ArgumentTypeError(str(problem)) from None


def epochs(text: str) -> tuple[int, ...]:
    """Read numbers of epochs with commas between."""
    return tuple(map(int, text.split(",")))


def checkpoint_folder() -> Path | None:
    """Where SageMaker keeps checkpoints in S3 while a job runs, if this job has any; no variable names it."""
    folder = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"), "checkpoints")
    return folder if folder.is_dir() else None
