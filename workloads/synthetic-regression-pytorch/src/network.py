"""The network, for training and for serving alike: what a `state_dict` holds fits only the module that it came from."""

from itertools import pairwise

import torch

SCALE = 5000.0
"""Inputs and outputs reach to about this: the layers see numbers around 1."""


class Regression(torch.nn.Module):
    """A perceptron from one number to one, of layers of 50."""

    def __init__(self, hidden_layers: int = 4, width: int = 50) -> None:
        super().__init__()
        sizes = [1, *[width] * hidden_layers]
        parts = [part for inputs, outputs in pairwise(sizes) for part in layer(inputs, outputs)]
        self.layers = torch.nn.Sequential(*parts, torch.nn.Linear(width, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Take a column or a vector of numbers, and return a column."""
        return self.layers(x.reshape(-1, 1).float() / SCALE) * SCALE


def layer(inputs: int, outputs: int) -> tuple[torch.nn.Module, torch.nn.Module]:
    """One hidden layer."""
    return torch.nn.Linear(inputs, outputs), torch.nn.ReLU()
