"""A linear layer, trained for a few epochs."""

import argparse
import os
from pathlib import Path

import numpy
import torch


def network():
    return torch.nn.Linear(1, 1)


def model_fn(model_dir):
    model = network()
    model.load_state_dict(torch.load(Path(model_dir) / "model.pth"))
    return model


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int)
    epochs = parser.parse_args().epochs
    rows = numpy.loadtxt(Path(os.environ["SM_CHANNEL_TRAIN"]) / "rows.csv", delimiter=",", dtype="float32")
    labels, features = torch.tensor(rows[:, :1]), torch.tensor(rows[:, 1:])
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    for _ in range(epochs):
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(model(features), labels)
        loss.backward()
        optimizer.step()
        print(f"loss={loss.item():.6f}")
    torch.save(model.state_dict(), Path(os.environ["SM_MODEL_DIR"]) / "model.pth")
