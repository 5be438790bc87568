"""A workload with every section, and more than a hundred ways to write it wrongly, each by one change."""

from __future__ import annotations

import copy
import textwrap
from collections.abc import Mapping
from typing import Any

import yaml

REMOVED = object()
"""Stands for a value whose key is missing."""

SCRIPT = "print('R2: 0.5')\n"
RIGHT: dict[str, Any] = yaml.safe_load(
    textwrap.dedent(
        """
        name: zz
        description: A workload with every section.
        image: {framework: sklearn}
        prepare:
          entry_point: job.py
          instance: {type: ml.m5.large}
          arguments: [--rows, "10"]
          inputs: {raw: {prefix: zz/raw}}
          outputs: {train: {prefix: zz/train}}
          environment: {LEVEL: debug}
        training:
          entry_point: job.py
          instance: {type: ml.m5.large, count: 2}
          hyperparameters: {lr: 0.1, depth: 3}
          channels: {train: {prefix: zz/train, content_type: text/csv}}
          metrics: [{name: r2, regex: "R2: ([0-9.]+)"}]
          environment: {LEVEL: debug}
          spot: {max_wait_minutes: 120}
          distribution: {mpi: {processes_per_host: 2}}
          initial_model: {training_job: dev-zz-20261128-101500-ab12}
        tuning:
          objective: {metric: r2, goal: Maximize}
          ranges: {lr: {type: continuous, min: 0.01, max: 1, scaling: Logarithmic}}
          strategy: Random
          max_jobs: 4
        evaluate:
          entry_point: job.py
          instance: {type: ml.m5.large}
          inputs: {model: {model: true}, test: {uri: "s3://other-bucket/zz/test"}}
        transform:
          instance: {type: ml.m5.large}
          input: {prefix: zz/test, content_type: text/csv, split: Line}
          assemble: Line
          accept: text/csv
          filters: {input: "$[1:]", join_input: true}
        serving:
          entry_point: job.py
          instance: {type: ml.m5.large}
        quality_gate: {metric: r2, at_least: 0.4}
        monitoring:
          capture: {percent: 20}
          schedule: rate(1 day)
          channel: train
          header: false
          columns: {y: categorical, age: numeric}
          target: y
          task: binary
          drift: {share: 0.3, columns: {age: 0.2}}
          quality: {metric: auc, at_least: 0.8}
          segments: [age]
        pipeline: {schedule: "cron(0 6 ? * MON *)", on_new_data: zz/raw, approval: Approved}
        """
    )
)
_WHOLE, _NAN = 2**70, float("nan")

WRONG: tuple[tuple[str, Any], ...] = (
    # The top.
    ("name", "ZZ"),
    ("name", "other"),
    ("name", "z" * 41),
    ("name", REMOVED),
    ("description", "two\nlines"),
    ("description", 5),
    ("descripton", "x"),
    ("data_script", "/etc/data.py"),
    ("data_script", "missing.py"),
    # The image.
    ("image", REMOVED),
    ("image", {}),
    ("image", {"framework": "scikit-learn"}),
    ("image", {"framework": "sklearn", "version": "0.1"}),
    ("image", {"framework": "sklearn", "algorithm": "xgboost"}),
    ("image", {"algorithm": "xgbost"}),
    ("image", {"container": "missing"}),
    ("image", {"container": "r-custom", "version": "1"}),
    ("image", {"uri": "docker.io/library/python:3"}),
    ("training.image", {"framework": "torch"}),
    # Training.
    ("training.entry_point", "missing.py"),
    ("training.entry_point", "/job.py"),
    ("training.entry_point", REMOVED),
    ("training.source_dir", "nowhere"),
    ("training.source_dir", "../../src"),
    ("training.libraries", ["nowhere"]),
    ("training.instance.type", "ml.m5.nope"),
    ("training.instance.type", "m5.large"),
    ("training.instance.type", REMOVED),
    ("training.instance.count", 0),
    ("training.instance.count", 101),
    ("training.instance.count", 1.0),
    ("training.instance.volume_gb", 16385),
    ("training.instance.groups", [{"name": "a", "type": "ml.m5.large"}]),
    ("training.max_runtime_minutes", 40321),
    ("training.max_runtime_minutes", "60"),
    ("training.hyperparameters", {"lr": _NAN, "depth": 3}),
    ("training.hyperparameters", {"lr": float("inf"), "depth": 3}),
    ("training.hyperparameters", {"lr": "x" * 2501}),
    ("training.hyperparameters", {"lr": None}),
    ("training.hyperparameters", {"lr": [1, 2]}),
    ("training.hyperparameters", {"lr": 1, "l r": 1}),
    ("training.hyperparameters", {"lr": 1, "-r": 1}),
    ("training.hyperparameters", {"lr": 1, "sagemaker_program": "x"}),
    ("training.channels", {}),
    ("training.channels", {"train": {}}),
    ("training.channels", {"train": {"prefix": "zz/train", "uri": "s3://other-bucket/x"}}),
    ("training.channels", {"train": {"prefix": "s3://other-bucket/x"}}),
    ("training.channels", {"train": {"prefix": "/zz/train"}}),
    ("training.channels", {"train": {"uri": "other-bucket/x"}}),
    ("training.channels", {"tr ain": {"prefix": "zz/train"}}),
    ("training.channels", {"model": {"prefix": "zz/train"}}),
    ("training.channels", {"code": {"prefix": "zz/train"}}),
    ("training.channels", {"a": {"prefix": "zz/train"}, "b": {"prefix": "zz/train/b"}}),
    ("training.channels.train.mode", "Stream"),
    ("training.channels.train.compression", "Gzip"),
    ("training.channels.train.attributes", ["a", 5]),
    ("training.channels.train.instance_groups", ["none"]),
    ("training.metrics", [{"name": "r2", "regex": "R2: [0-9.]+"}]),
    ("training.metrics", [{"name": "r2", "regex": "R2: ([0-9.]+"}]),
    ("training.metrics", [{"name": "r2", "regex": "(.*)"}]),
    ("training.metrics", [{"name": "r2", "regex": "(.)"}, {"name": "r2", "regex": "(..)"}]),
    ("training.metrics", [{"name": "r2"}]),
    ("training.environment", {"1X": "a"}),
    ("training.environment", {"A-B": "a"}),
    ("training.environment", {"X": 1}),
    ("training.environment", {"X": "a" * 513}),
    ("training.network_isolation", "no"),
    ("training.spot", True),
    ("training.spot.max_wait_minutes", 30),
    ("training.keep_alive_minutes", 10),
    ("training.distribution", {}),
    ("training.distribution", {"torchrun": True}),
    ("training.distribution", {"torchrun": True, "mpi": {}}),
    ("training.initial_model", {}),
    ("training.initial_model", {"training_job": "a", "model_data": "s3://other-bucket/m.tar.gz"}),
    ("training.initial_model", {"training_job": "a b"}),
    ("training.retries", 31),
    ("training.learning_rate", 0.1),
    # Tuning.
    ("tuning.objective.metric", "auc"),
    ("tuning.objective.goal", "max"),
    ("tuning.ranges", {}),
    ("tuning.ranges", {"lrr": {"type": "continuous", "min": 0, "max": 1}}),
    ("tuning.ranges", {"lr": {"type": "continuous", "min": 1, "max": 0.1}}),
    ("tuning.ranges", {"lr": {"type": "integer", "min": 0.5, "max": 2}}),
    ("tuning.ranges", {"lr": {"type": "categorical", "values": []}}),
    ("tuning.ranges", {"lr": {"type": "continuous", "min": 0}}),
    ("tuning.strategy", "bayesian"),
    ("tuning.strategy", "Grid"),
    ("tuning.strategy", "Hyperband"),
    ("tuning.max_jobs", REMOVED),
    ("tuning.max_jobs", 751),
    ("tuning.max_parallel_jobs", 8),
    ("tuning.warm_start", {"jobs": []}),
    # Processing.
    ("prepare.instance.type", REMOVED),
    ("prepare.inputs", {"raw": {}}),
    ("prepare.inputs", {"raw": {"prefix": "zz/raw", "model": True}}),
    ("prepare.inputs", {"-raw": {"prefix": "zz/raw"}}),
    ("prepare.outputs.train.prefix", "zz/raw"),
    ("prepare.outputs.train.prefix", REMOVED),
    ("prepare.arguments", "--rows 10"),
    ("prepare.max_runtime_minutes", 12961),
    ("evaluate.inputs", REMOVED),
    ("evaluate.outputs", {"metrics": {"prefix": "zz/m"}}),
    # Transform and serving.
    ("transform.input.content_type", "csv"),
    ("transform.accept", "foo"),
    ("transform.filters.input", "$[["),
    ("transform.assemble", REMOVED),
    ("transform.input.prefix", REMOVED),
    ("transform.max_payload_mb", 101),
    ("serving", REMOVED),
    ("serving.instance.type", "ml.t3.medium"),
    ("serving.instance.count", -1),
    ("serving.entry_point", REMOVED),
    # Gate and pipeline.
    ("quality_gate", {"metric": "r2"}),
    ("quality_gate", {"metric": "r2", "at_least": 0, "at_most": 1}),
    ("quality_gate.at_least", "0.4"),
    ("quality_gate.at_least", _NAN),
    # Monitoring.
    ("monitoring", True),
    ("monitoring.capture.percent", 0),
    ("monitoring.schedule", "rate(1 minute)"),
    ("monitoring.channel", "missing"),
    ("monitoring.columns", REMOVED),
    ("monitoring.columns", {"y": "text"}),
    ("monitoring.target", "z"),
    ("monitoring.task", REMOVED),
    ("monitoring.task", "ranking"),
    ("monitoring.content_type", "image/png"),
    ("monitoring.minimum_records", 0),
    ("monitoring.drift.share", 1.5),
    ("monitoring.drift.tests", "kolmogorov"),
    ("monitoring.drift.columns", {"age": -1}),
    ("monitoring.quality", {"metric": "auc"}),
    ("monitoring.quality.metric", "rmse"),
    ("monitoring.quality.at_least", 80),
    ("monitoring.on_alarm", "page"),
    ("monitoring.instance", {"type": "m5.large"}),
    ("monitoring.max_runtime_minutes", 12961),
    ("pipeline.schedule", "cron(0 6 * * *)"),
    ("pipeline.schedule", "cron(0 6 * * * *)"),
    ("pipeline.schedule", "cron(0 25 ? * MON *)"),
    ("pipeline.schedule", "rate(0 days)"),
    ("pipeline.schedule", "rate(5 seconds)"),
    ("pipeline.schedule", "rate(1 days)"),
    ("pipeline.schedule", "rate(7 day)"),
    ("pipeline.schedule", "every monday"),
    ("pipeline.on_new_data", "zz/train"),
    ("pipeline.approval", "yes"),
    ("pipeline.deploy", 1),
)


def changed(key: str, value: Any) -> Mapping[str, Any]:
    """The right workload with one key set or removed."""
    workload = copy.deepcopy(RIGHT)
    *parents, last = key.split(".")
    section = workload
    for parent in parents:
        section = section[parent]
    if value is REMOVED:
        del section[last]
    else:
        section[last] = value
    return workload


def name_of(case: tuple[str, Any]) -> str:
    """A test's name."""
    key, value = case
    return f"{key}-{'removed' if value is REMOVED else str(value)[:40]}"
