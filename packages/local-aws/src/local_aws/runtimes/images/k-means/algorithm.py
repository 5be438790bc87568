"""SageMaker's k-means: mini batches find more centers than asked for, which Lloyd's algorithm shrinks to k.

Source: "How K-Means Clustering Works" and "K-Means Hyperparameters" in the developer guide.
"""

from __future__ import annotations

import json
import time
from typing import Any

import numpy as np

from local_aws.runtimes.inside.algorithms import ndarrays
from local_aws.runtimes.inside.algorithms.configuration import AUTO, Hyperparameter, choice, read, real, whole
from local_aws.runtimes.inside.algorithms.errors import CustomerError
from local_aws.runtimes.inside.algorithms.job import Job, log
from local_aws.runtimes.inside.algorithms.tables import read_channel

SUBSTITUTE = (
    "scikit-learn's MiniBatchKMeans and KMeans stand in for SageMaker's k-means. Hyperparameters, metrics and answers "
    "are SageMaker's; the centers are found by another program, so they differ from AWS's."
)
METRICS = ("msd", "ssd")
AUTO_FACTOR, AUTO_TRIALS = 10, 10
"""What AWS's algorithm prints for extra_center_factor and local_lloyd_num_trials `auto`."""
MODEL = "model_algo-1"
SEED = 0
INITS = {"random": "random", "kmeans++": "k-means++"}


def _metrics(text: str) -> list[str]:
    try:
        names = json.loads(text)
    except ValueError:
        raise CustomerError(
            "Hyperparameter must be valid json, but found eval_metrics: (caused by ValueError)"
        ) from None
    if not isinstance(names, list) or not names or not set(names) <= set(METRICS):
        raise ValueError(text)
    return names


SCHEMA = {
    "k": whole(None),
    "feature_dim": whole(None),
    "mini_batch_size": whole("5000"),
    "epochs": whole("1"),
    "extra_center_factor": whole("auto", auto=True),
    "half_life_time_size": whole("0", 0),
    "init_method": choice("random", *INITS),
    "local_lloyd_init_method": choice("kmeans++", *INITS),
    "local_lloyd_max_iter": whole("300"),
    "local_lloyd_num_trials": whole("auto", auto=True),
    "local_lloyd_tol": real("0.0001", 0, 1),
    "eval_metrics": Hyperparameter(
        default='["msd"]', convert=_metrics, expected='which accepts ["msd"], ["ssd"] or ["msd", "ssd"]'
    ),
}


def train(job: Job) -> None:
    """Find the centers, save them, and score the channel ``test``."""
    values = read(SCHEMA, job.hyperparameters)
    job.check_channels("train", "test")
    vectors, _ = read_channel(job, "train", values["feature_dim"], csv_in_pipe=False)
    if len(vectors) < values["k"]:
        raise CustomerError(f"The training data has {len(vectors)} records, fewer than k, which is {values['k']}")
    if values["half_life_time_size"]:
        log("half_life_time_size has no effect here: no record's weight decays.", "WARNING")
    many, weights = _many_centers(job, values, vectors)
    log(f"shrinking {len(many)} centers into {values['k']}")
    centers = _shrunk(values, many, weights)
    for name in values["eval_metrics"]:
        job.metric("train", name, _score(name, vectors, centers), "loss")
    (job.model / MODEL).write_bytes(ndarrays.dump({"": centers}))
    if "test" not in job.channels:
        log("Test data is not provided.")
        return
    test, _ = read_channel(job, "test", values["feature_dim"], csv_in_pipe=False)
    for name in values["eval_metrics"]:
        job.score("test", name, _score(name, test, centers), "loss")


def _many_centers(job: Job, values: dict[str, Any], vectors: Any) -> tuple[Any, Any]:
    """k times extra_center_factor centers, and how many records each has."""
    from sklearn.cluster import MiniBatchKMeans  # it takes seconds, which a job with a mistake does not need

    factor = values["extra_center_factor"]
    if factor == AUTO:
        factor = AUTO_FACTOR
        log(f"'extra_center_factor' was set to 'auto', evaluated to {factor}.")
    size = values["mini_batch_size"]
    if size > len(vectors):
        log(
            f"Batch size {size} is bigger than the first batch data. Effective batch size used to initialize is "
            f"{len(vectors)}",
            "WARNING",
        )
    count = min(values["k"] * factor, len(vectors), max(size, values["k"]))
    batches = MiniBatchKMeans(count, init=INITS[values["init_method"]], batch_size=size, n_init=1, random_state=SEED)
    for epoch in range(values["epochs"]):
        started = time.monotonic()
        for start in range(0, len(vectors), size):
            batch = vectors[start : start + size]
            if len(batch) >= count or hasattr(batches, "cluster_centers_"):
                batches.partial_fit(batch)
        log(f"processed a total of {len(vectors)} examples")
        job.progress(100.0 * (epoch + 1) / values["epochs"])
        job.throughput(len(vectors), time.monotonic() - started)
    weights = np.bincount(batches.predict(vectors), minlength=count)
    return batches.cluster_centers_[weights > 0], weights[weights > 0]


def _shrunk(values: dict[str, Any], many: Any, weights: Any) -> Any:
    from sklearn.cluster import KMeans

    trials = AUTO_TRIALS if values["local_lloyd_num_trials"] == AUTO else values["local_lloyd_num_trials"]
    if len(many) < values["k"]:
        raise CustomerError(f"The training data has {len(many)} different clusters, fewer than k")
    lloyd = KMeans(
        values["k"],
        init=INITS[values["local_lloyd_init_method"]],
        n_init=trials,
        max_iter=values["local_lloyd_max_iter"],
        tol=values["local_lloyd_tol"],
        random_state=SEED,
    )
    return lloyd.fit(many, sample_weight=weights).cluster_centers_


def _score(name: str, vectors: Any, centers: Any) -> float:
    """The mean or the sum of the squared distances to the closest center."""
    parts = np.array_split(vectors, -(-len(vectors) // 1000))
    squares = np.concatenate([((part[:, None] - centers[None]) ** 2).sum(axis=2).min(axis=1) for part in parts])
    return float(squares.mean() if name == "msd" else squares.sum())
