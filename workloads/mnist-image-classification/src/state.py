"""What outlives a process: checkpoints, the model, and an earlier model to begin with."""

import argparse
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.distributed as group

MODEL, CHECKPOINT = "image-classification.pt", "checkpoint.pt"
FIXED = ("num_layers", "image_shape", "num_classes")
"""Hyperparameters that an earlier model must share, as with the built-in algorithm."""


@dataclass
class Progress:
    """A training under way."""

    network: torch.nn.Module
    optimizer: torch.optim.Optimizer
    epochs: int = 0
    """That are done."""


def begin(progress: Progress, options: argparse.Namespace) -> Progress:
    """Go on from a checkpoint, else from an earlier model, else from nothing.

    The first process reads and tells the others: on several instances only its checkpoint is sure to be there.
    """
    rank = group.get_rank() if group.is_initialized() else 0
    states = [read_state(options)] if rank == 0 else [None]
    if group.is_initialized():
        group.broadcast_object_list(states)
    if (state := states[0]) is None:
        return progress
    if "problem" in state:
        raise ValueError(state["problem"])
    progress.network.load_state_dict(state["weights"])
    if "optimizer" in state:
        progress.optimizer.load_state_dict(state["optimizer"])
        progress.epochs = state["epochs"]
    return progress


def read_state(options: argparse.Namespace) -> dict[str, Any] | None:
    """Read what there is to begin with, and say so. A problem is returned, since all processes have to end of it."""
    checkpoint = options.checkpoints / CHECKPOINT if options.checkpoints else None
    if checkpoint and checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        print(f"Going on from the checkpoint after {state['epochs']} epochs")
        return state
    if options.model is None:
        return None
    state = read_earlier(options.model)
    for name in FIXED:
        if state[name] != getattr(options, name):
            return {"problem": f"{name}: {getattr(options, name)}, but the earlier model has {state[name]}"}
    print("Beginning with the weights of the earlier model")
    return state


def read_earlier(folder: Path) -> dict[str, Any]:
    """Read the model from the channel `model`, packed as a training job leaves it."""
    with tarfile.open(folder / "model.tar.gz") as archive:
        member = archive.extractfile(MODEL)
        if member is None:
            raise ValueError(f"{folder / 'model.tar.gz'}: holds no {MODEL}")
        return torch.load(member, weights_only=True)


def save_checkpoint(progress: Progress, options: argparse.Namespace) -> None:
    """Write whole or not at all: the instance may be taken away meanwhile."""
    if options.checkpoints is None or progress.epochs % options.checkpoint_frequency:
        return
    draft = options.checkpoints / f".{CHECKPOINT}"
    state = {"weights": progress.network.state_dict(), "optimizer": progress.optimizer.state_dict()}
    torch.save({**state, "epochs": progress.epochs}, draft)
    draft.replace(options.checkpoints / CHECKPOINT)


def save_model(network: torch.nn.Module, options: argparse.Namespace) -> None:
    """Keep the weights with what is needed to make the network."""
    options.model_dir.mkdir(parents=True, exist_ok=True)
    fixed = {name: getattr(options, name) for name in FIXED}
    weights = {name: value.cpu() for name, value in network.state_dict().items()}
    torch.save({"weights": weights, **fixed}, options.model_dir / MODEL)
