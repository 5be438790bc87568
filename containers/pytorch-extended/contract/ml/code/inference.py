"""The side on which nodes stand: node numbers in, one per line of CSV or a list of JSON; 0 or 1 for each out."""

import io
import json
from pathlib import Path

import numpy as np
import torch
from network import Network, read_edges
from sagemaker_inference.errors import UnsupportedFormatError


def model_fn(model_dir: str) -> np.ndarray:
    """The side of every node."""
    edges = read_edges(Path(model_dir) / "ties.csv")
    network = Network(int(edges.max()) + 1)
    network.load_state_dict(torch.load(Path(model_dir) / "network.pt", weights_only=True))
    with torch.inference_mode():
        return network.eval()(edges).argmax(dim=1).numpy()


def input_fn(body: str, content_type: str) -> np.ndarray:
    """ValueError for what are no numbers of nodes."""
    if content_type == "text/csv":
        return np.loadtxt(io.StringIO(body), dtype=np.int64, ndmin=1)
    if content_type == "application/json":
        return np.asarray(json.loads(body), dtype=np.int64)
    raise UnsupportedFormatError(content_type)


def predict_fn(nodes: np.ndarray, sides: np.ndarray) -> np.ndarray:
    """Look them up."""
    return sides[nodes]
