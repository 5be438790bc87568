"""The network: two graph convolutions, by PyTorch Geometric. All that it learns comes from who is tied to whom."""

from pathlib import Path

import pandas as pd
import torch
from torch_geometric.nn import GCNConv
from torch_geometric.utils import to_undirected


class Network(torch.nn.Module):
    """A node's only feature is which node it is."""

    def __init__(self, nodes: int) -> None:
        super().__init__()
        self.register_buffer("features", torch.eye(nodes))
        self.first, self.second = GCNConv(nodes, 8), GCNConv(8, 2)

    def forward(self, edges: torch.Tensor) -> torch.Tensor:
        """A score for each of the two sides, a row per node."""
        return self.second(torch.relu(self.first(self.features, edges)), edges)


def read_edges(path: Path) -> torch.Tensor:
    """Each tie in both directions, as a matrix of shape (2, ...)."""
    return to_undirected(torch.tensor(pd.read_csv(path).to_numpy().T))
