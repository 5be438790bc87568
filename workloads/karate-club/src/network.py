"""The graph and the network that learns on it, for training and for serving alike."""

import csv
from pathlib import Path

import torch
from torch_geometric.nn import GCNConv
from torch_geometric.utils import to_undirected

HIDDEN, CLASSES = 16, 2
EDGES, MODEL = "edges.csv", "karate_club.pt"


class GraphNetwork(torch.nn.Module):
    """Two graph convolutions. A node's only feature is which node it is: all that is learned comes from the ties."""

    def __init__(self, node_count: int) -> None:
        super().__init__()
        self.embedding = torch.nn.Parameter(torch.eye(node_count), requires_grad=False)
        self.first = GCNConv(node_count, HIDDEN)
        self.second = GCNConv(HIDDEN, CLASSES)

    def forward(self, edges: torch.Tensor) -> torch.Tensor:
        """Return a score for each class, a row per node."""
        return self.second(torch.relu(self.first(self.embedding, edges)), edges)


def read_table(path: Path) -> list[tuple[int, int]]:
    """Read a table of two columns of whole numbers under a header; ValueError says in which row it is none."""
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file; its channel must hold {path.name}")
    with path.open(newline="", encoding="utf-8") as file:
        _, *rows = [row for row in csv.reader(file) if row] or [[]]
    if not rows:
        raise ValueError(f"{path}: has no rows under its header")
    for number, row in enumerate(rows, start=1):
        if len(row) != 2 or not all(cell.strip().isdecimal() for cell in row):
            raise ValueError(f"{path}: row {number} is {row}, not two whole numbers")
    return [(int(first), int(second)) for first, second in rows]


def read_edges(path: Path, node_count: int) -> torch.Tensor:
    """Read the ties, each in both directions, as a matrix of shape (2, 2 * ties)."""
    ties = read_table(path)
    if (largest := max(map(max, ties))) >= node_count:
        raise ValueError(f"{path}: names node {largest}; node_count {node_count} allows 0 to {node_count - 1}")
    return to_undirected(torch.tensor(ties).T, num_nodes=node_count)
