"""The model: a small neural network of PyTorch. Replace it with yours; train.py and evaluate.py use these functions.

It is saved as TorchScript, which the image serves without a script: rows as CSV, JSON or NumPy in, a class per row out.
"""

import argparse
from pathlib import Path

import pandas as pd
import torch
from sklearn.metrics import accuracy_score
from torch import nn

HYPERPARAMETERS = {"epochs": 100, "learning-rate": 0.01, "hidden": 32}
METRIC_LINE = "{}: {:.3f}"
"""How train.py prints a metric, which workload.yaml looks for."""
FILE = "model.pt"


class Classifier(nn.Module):
    """Scales the columns, and returns classes; `scores` is what is trained."""

    def __init__(self, features: torch.Tensor, classes: int, hidden: int) -> None:
        super().__init__()
        self.register_buffer("mean", features.mean(0))
        self.register_buffer("spread", features.std(0).clamp_min(1e-6))
        self.layers = nn.Sequential(nn.Linear(features.shape[1], hidden), nn.ReLU(), nn.Linear(hidden, classes))

    def scores(self, rows: torch.Tensor) -> torch.Tensor:
        """One score per row and class."""
        return self.layers((rows - self.mean) / self.spread)

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """One class per row."""
        return self.scores(rows).argmax(-1)


def fit(features: pd.DataFrame, labels: list[int], options: argparse.Namespace) -> nn.Module:
    """Train."""
    torch.manual_seed(1)
    rows, classes = tensor(features), torch.tensor(labels)
    model = Classifier(rows, int(classes.max()) + 1, options.hidden)
    optimizer = torch.optim.Adam(model.parameters(), options.learning_rate)
    for _ in range(options.epochs):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model.scores(rows), classes).backward()
        optimizer.step()
    return model.eval()


def predict(model: nn.Module, features: pd.DataFrame) -> list[int]:
    """One class per row."""
    with torch.no_grad():
        return model(tensor(features)).tolist()


def tensor(features: pd.DataFrame) -> torch.Tensor:
    """The rows as the network takes them."""
    return torch.tensor(features.to_numpy(), dtype=torch.float32)


def score(labels: list[int], predicted: list[int]) -> dict[str, float]:
    """The metrics by which a model is judged."""
    return {"accuracy": accuracy_score(labels, predicted)}


def save(model: nn.Module, folder: Path) -> None:
    """Write what the image serves."""
    torch.jit.script(model).save(str(folder / FILE))


def load(folder: Path) -> nn.Module:
    """Load what `save` wrote."""
    return torch.jit.load(str(folder / FILE))
