"""A script as a user would bring it: two camps in a graph, of which only one node each is known."""

import argparse
import os
import shutil
import signal
import sys
from pathlib import Path

import torch
from network import Network, read_edges

torch.manual_seed(0)


def main() -> None:
    """Learn from the first and the last node; keep the weights, the graph and the script that serves them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--file", default="ties.csv")
    parser.add_argument("--epochs", type=int, default=60)
    options = parser.parse_args()
    path = Path(os.environ["SM_CHANNEL_TRAINING"]) / options.file
    if not path.is_file():
        raise FileNotFoundError(f"the channel has no {options.file}")
    edges = read_edges(path)
    network = Network(int(edges.max()) + 1)
    learn(network, edges, options.epochs)
    print("Sides:", *network(edges).argmax(dim=1).tolist())
    model = Path(os.environ["SM_MODEL_DIR"])
    torch.save(network.state_dict(), model / "network.pt")
    shutil.copyfile(path, model / "ties.csv")
    code = model / "code"
    code.mkdir()
    for name in ("network.py", "inference.py"):
        shutil.copyfile(Path(__file__).parent / name, code / name)


def learn(network: Network, edges: torch.Tensor, epochs: int) -> None:
    """Go on from the last checkpoint; leave one when SIGTERM comes."""
    path = Path(os.environ["SM_MODEL_DIR"]).parent / "checkpoints" / "checkpoint.pt"
    first = 0
    if path.exists():
        checkpoint = torch.load(path, weights_only=True)
        network.load_state_dict(checkpoint["network"])
        first = checkpoint["epoch"]
        print(f"resuming after epoch {first}", flush=True)
    stopping = []
    signal.signal(signal.SIGTERM, lambda *_: stopping.append(True))
    optimizer = torch.optim.Adam(network.parameters(), lr=0.05)
    for epoch in range(first + 1, epochs + 1):
        loss = torch.nn.functional.cross_entropy(network(edges)[[0, -1]], torch.tensor([0, 1]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if epoch % 20 == 0:
            print(f"epoch {epoch}: loss {loss.item():.4f}", flush=True)
        if stopping:
            torch.save({"network": network.state_dict(), "epoch": epoch}, path)
            sys.exit(128 + signal.SIGTERM)


if __name__ == "__main__":
    main()
