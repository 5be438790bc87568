"""Fit a neural network to points around a broken line, as a SageMaker script and as a plain one.

On SageMaker the paths come from SM_* variables; in a shell they are options:
    python train.py --train DIR --validation DIR --model-dir DIR
"""

import argparse
import csv
import os
from pathlib import Path

import numpy as np
import torch
from network import SCALE, Regression

PATHS = {
    "--train": ("SM_CHANNEL_TRAIN", "folder with training_data.csv"),
    "--validation": ("SM_CHANNEL_VALIDATION", "folder with validation_data.csv"),
    "--model-dir": ("SM_MODEL_DIR", "folder for model.pth"),
    "--output-data-dir": ("SM_OUTPUT_DATA_DIR", "folder for points.csv, line.csv and test.csv (optional)"),
}
LINE = np.arange(-5000, 5000, 10)
"""Where the line of predictions is drawn."""


def main() -> None:
    """Train, print the metrics that SageMaker's metric definitions look for, and save the weights."""
    options = parse_options()
    torch.manual_seed(options.seed)
    try:
        training = read_points(options.train / "training_data.csv")
        validation = read_points(options.validation / "validation_data.csv")
    except (ValueError, OSError) as problem:  # one line, exit code 1; SageMaker looks for the error's name in it
        raise SystemExit(f"{type(problem).__name__}: {problem}") from None
    network = train(Regression(), torch.from_numpy(training).float(), options)
    predicted = predict(network, validation[:, 1])
    print(f"Coefficient of determination: {r2(validation[:, 0], predicted):.4f}")
    print(f"Root mean squared error: {np.sqrt(np.mean((validation[:, 0] - predicted) ** 2)):.1f}")
    options.model_dir.mkdir(parents=True, exist_ok=True)
    torch.save(network.state_dict(), options.model_dir / "model.pth")
    if options.output_data_dir:
        keep(options.output_data_dir, training, validation, network)


def train(network: Regression, points: torch.Tensor, options: argparse.Namespace) -> Regression:
    """Take a step for each batch, as often as there are epochs; steps become smaller towards the end."""
    optimizer = torch.optim.Adam(network.parameters(), lr=options.learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, max(1, options.epochs))
    for epoch in range(options.epochs):
        for batch in points[torch.randperm(len(points))].split(options.batch_size):
            loss = torch.nn.functional.mse_loss(network(batch[:, 1]) / SCALE, batch[:, :1] / SCALE)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        schedule.step()
        if epoch % 10 == 9:
            print(f"Epoch {epoch + 1} of {options.epochs}: loss {loss.item():.6f}")
    return network


def predict(network: Regression, x: np.ndarray) -> np.ndarray:
    """Return a prediction for each number."""
    with torch.no_grad():
        return network.eval()(torch.from_numpy(x.astype(np.float32))).numpy().ravel()


def r2(truth: np.ndarray, predicted: np.ndarray) -> float:
    """Return the coefficient of determination."""
    return 1 - float(((truth - predicted) ** 2).sum() / ((truth - truth.mean()) ** 2).sum())


def keep(folder: Path, training: np.ndarray, validation: np.ndarray, network: Regression) -> None:
    """Write the points, the line of predictions through them, and the validation points for questions."""
    folder.mkdir(parents=True, exist_ok=True)
    line = np.column_stack([LINE, predict(network, LINE)])
    np.savetxt(folder / "line.csv", line, fmt="%.3f", delimiter=",", header="x,prediction", comments="")
    with (folder / "test.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([("x", "y"), *validation[:, ::-1].tolist()])
    points = training[:, ::-1]
    np.savetxt(folder / "points.csv", points, "%.3f", delimiter=",", header="x,points to learn from", comments="")


def read_points(path: Path) -> np.ndarray:
    """Read rows of y and x; ValueError or FileNotFoundError say in one line what is wrong."""
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file; its channel must hold {path.name}")
    try:
        points = np.loadtxt(path, delimiter=",", ndmin=2)
    except ValueError as problem:
        raise ValueError(f"{path}: {problem}") from None
    if points.shape[1] != 2 or not len(points):
        raise ValueError(f"{path}: expected rows of y and x, found {points.shape[0]} rows of {points.shape[1]} numbers")
    return points


def parse_options() -> argparse.Namespace:
    """Read hyperparameters and paths; SageMaker hands every hyperparameter over as text."""
    parser = argparse.ArgumentParser(description="Fit a neural network to points around a broken line.")
    parser.add_argument("--epochs", type=int, default=100, help="how often to look at each point")
    parser.add_argument("--learning_rate", type=float, default=0.01, help="of the Adam optimizer, at the beginning")
    parser.add_argument("--batch_size", type=int, default=100, help="points of one step")
    parser.add_argument("--seed", type=int, default=0, help="of the first weights and of the points' order")
    for option, (variable, meaning) in PATHS.items():
        default = os.environ.get(variable) or None
        required = default is None and option != "--output-data-dir"
        parser.add_argument(option, type=Path, default=default, required=required, help=f"{meaning}; else ${variable}")
    return parser.parse_args()


if __name__ == "__main__":
    main()
