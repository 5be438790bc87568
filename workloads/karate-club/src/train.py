"""Split the karate club with a graph convolutional network, as a SageMaker script and as a plain one.

Only the two teachers are labelled, node 0 as class 0 and the last node as class 1; the others' classes are found
through their ties. On SageMaker the paths come from SM_* variables; in a shell they are options:
    python train.py --node_count 34 --training DIR --validation DIR --model-dir DIR
"""

import argparse
import csv
import os
import shutil
from pathlib import Path

import torch
from drawing import draw
from network import EDGES, MODEL, GraphNetwork, read_edges, read_table

PATHS = {
    "--training": ("SM_CHANNEL_TRAINING", f"folder with {EDGES}"),
    "--validation": ("SM_CHANNEL_VALIDATION", "folder with clubs.csv: the class of each node, to judge the result"),
    "--model-dir": ("SM_MODEL_DIR", "folder for the model"),
    "--output-data-dir": ("SM_OUTPUT_DATA_DIR", "folder for picture.svg and test.csv (optional)"),
}


def main() -> None:
    """Train, print the classes and how many are right, save the model and a drawing of the split."""
    options = parse_options()
    torch.manual_seed(options.seed)
    try:
        edges = read_edges(options.training / EDGES, options.node_count)
        clubs = dict(read_table(options.validation / "clubs.csv"))
    except (ValueError, OSError) as problem:  # one line, exit code 1; SageMaker looks for the error's name in it
        raise SystemExit(f"{type(problem).__name__}: {problem}") from None
    teachers = torch.tensor([0, options.node_count - 1])
    network = train(GraphNetwork(options.node_count), edges, teachers, options)
    with torch.no_grad():
        classes = network(edges).argmax(dim=1).tolist()
    pupils = [node for node in clubs if node not in teachers.tolist()]
    print("Predicted classes:", *classes)
    print(f"Accuracy: {sum(classes[node] == clubs[node] for node in pupils) / len(pupils):.4f}")
    save(network, options)
    if options.output_data_dir:
        keep(options.output_data_dir, edges, classes, teachers.tolist(), clubs)


def train(
    network: GraphNetwork, edges: torch.Tensor, teachers: torch.Tensor, options: argparse.Namespace
) -> GraphNetwork:
    """Learn from the two labels alone."""
    optimizer = torch.optim.Adam(network.parameters(), lr=options.learning_rate)
    for epoch in range(options.epochs):
        loss = torch.nn.functional.cross_entropy(network(edges)[teachers], torch.tensor([0, 1]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(f"Epoch {epoch + 1} of {options.epochs}: loss {loss.item():.4f}")
    return network


def save(network: GraphNetwork, options: argparse.Namespace) -> None:
    """Keep the weights and, since a node is only known by its ties, the graph."""
    options.model_dir.mkdir(parents=True, exist_ok=True)
    torch.save(network.state_dict(), options.model_dir / MODEL)
    shutil.copyfile(options.training / EDGES, options.model_dir / EDGES)


def keep(folder: Path, edges: torch.Tensor, classes: list[int], teachers: list[int], clubs: dict[int, int]) -> None:
    """Write the drawing, and the members next to the clubs that they joined."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "picture.svg").write_text(draw(edges, classes, teachers), encoding="utf-8")
    with (folder / "test.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([("node", "club"), *sorted(clubs.items())])


def parse_options() -> argparse.Namespace:
    """Read hyperparameters and paths; SageMaker hands every hyperparameter over as text."""
    parser = argparse.ArgumentParser(description="Split a graph in two, from two labelled nodes.")
    parser.add_argument("--node_count", type=int, required=True, help="how many nodes the graph has")
    parser.add_argument("--epochs", type=int, default=30, help="how often to look at the graph")
    parser.add_argument("--learning-rate", type=float, default=0.01, help="of the Adam optimizer")
    parser.add_argument("--seed", type=int, default=0, help="of the first weights")
    for option, (variable, meaning) in PATHS.items():
        default = os.environ.get(variable) or None
        required = default is None and option != "--output-data-dir"
        parser.add_argument(option, type=Path, default=default, required=required, help=f"{meaning}; else ${variable}")
    return parser.parse_args()


if __name__ == "__main__":
    main()
