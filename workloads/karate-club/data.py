"""Write Zachary's karate club: `python data.py --output DIR` makes training/edges.csv, validation/clubs.csv.

The 34 members and their 78 ties come from the networkx package, which has them as a function. Note: only
the two teachers are labelled for training. Which club each member joined is known, and only judges the model.
"""

import argparse
import csv
from pathlib import Path

import networkx

CLUBS = {"Mr. Hi": 0, "Officer": 1}
MEMBERS, TIES = 34, 78


def main() -> None:
    """Take the graph, check, write."""
    parser = argparse.ArgumentParser(description="Prepare the karate club.")
    parser.add_argument("--output", type=Path, required=True, help="folder that gets one folder per channel")
    output = parser.parse_args().output
    graph = networkx.karate_club_graph()
    if (graph.number_of_nodes(), graph.number_of_edges()) != (MEMBERS, TIES):
        raise SystemExit(f"expected {MEMBERS} members and {TIES} ties, found {graph}")
    write(output / "training" / "edges.csv", ["source", "target"], sorted(graph.edges))
    clubs = [(member, CLUBS[graph.nodes[member]["club"]]) for member in sorted(graph)]
    write(output / "validation" / "clubs.csv", ["node", "club"], clubs)


def write(path: Path, header: list[str], rows: list[tuple[int, int]]) -> None:
    """Write one table, and say how long it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])
    print(f"{path}: {len(rows)} rows")


if __name__ == "__main__":
    main()
