"""Load the model; all else is left to what AWS's PyTorch image does: CSV, JSON or NumPy in, predictions out."""

from pathlib import Path

import torch
from network import Regression


def model_fn(model_dir: str) -> torch.nn.Module:
    """Make the network, and give it the weights that were learned."""
    network = Regression()
    network.load_state_dict(torch.load(Path(model_dir) / "model.pth", weights_only=True))
    return network.eval()
