"""Say and tabulate what MLflow has tracked: `python report.py --runs DIR [DIR...] --output DIR`.

DIR is the output of a training job, unpacked, with the database `mlflow.db`. The database is read as it is, so that
this needs no MLflow; for a look at all of it, start MLflow's own user interface on the same file (see the README).
"""

import argparse
import csv
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

DATABASE = "mlflow.db"
PARAMETER = "n_estimators"
METRICS = ("auc", "accuracy")
"""What is drawn, over the number of trees."""
TABLES = ("points.csv", "line.csv")
"""What `launchpad draw` draws: a dot for each run, and a line through them."""


@dataclass(frozen=True)
class Run:
    """One run, as it was tracked."""

    parameters: dict[str, str]
    metrics: dict[str, float]


def main() -> None:
    """Read, say, write."""
    parser = argparse.ArgumentParser(description="Say and tabulate what MLflow has tracked.")
    parser.add_argument("--runs", type=Path, nargs="+", required=True, help=f"folders with {DATABASE}")
    parser.add_argument("--output", type=Path, required=True, help="folder for the tables")
    options = parser.parse_args()
    runs = [run for folder in options.runs for run in read_runs(folder)]
    runs.sort(key=lambda run: int(run.parameters[PARAMETER]))
    for run in runs:
        texts = {PARAMETER: run.parameters[PARAMETER], **{name: f"{value:.4f}" for name, value in run.metrics.items()}}
        print(", ".join(f"{name} {value}" for name, value in texts.items()))
    rows = [(run.parameters[PARAMETER], *(run.metrics[name] for name in METRICS)) for run in runs]
    options.output.mkdir(parents=True, exist_ok=True)
    for table in TABLES:
        with (options.output / table).open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows([("trees", *METRICS), *rows])


def read_runs(folder: Path) -> list[Run]:
    """Every finished run of a tracking database; leave if there is none."""
    path = folder / DATABASE
    if not path.is_file():
        raise SystemExit(f"{path}: no such file; unpack the output.tar.gz of a training job there")
    with closing(sqlite3.connect(path)) as database:
        ids = [row[0] for row in database.execute("SELECT run_uuid FROM runs WHERE status = 'FINISHED'")]
        return [
            Run(
                dict(database.execute("SELECT key, value FROM params WHERE run_uuid = ?", (each,))),
                dict(
                    database.execute("SELECT key, value FROM latest_metrics WHERE run_uuid = ? ORDER BY key", (each,))
                ),
            )
            for each in ids
        ]


if __name__ == "__main__":
    main()
