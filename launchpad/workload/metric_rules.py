"""Which metrics a training job may define: AWS refuses MetricDefinitions for its own algorithms.

XGBoost's framework image is such an algorithm's, with a script as well. What a script prints in the algorithm's format,
`[ROUND]`, a tab and `validation-auc:0.9`, is its metric `validation:auc`.
"""

from __future__ import annotations

import re

from launchpad.config_files.yaml_source import FieldError
from launchpad.workload.image import Image
from launchpad.workload.training import Training

XGBOOST = re.compile(r"(train|validation):[a-z0-9_-]+(@[0-9.]+)?")


def metric_mistake(training: Training, image: Image) -> FieldError | None:
    """What is wrong with the first metric that AWS would refuse, or that it would never find."""
    is_xgboost = image.framework == "xgboost"
    for number, metric in enumerate(training.metrics):
        location = ("training", "metrics", str(number), "regex")
        if not (is_xgboost or image.algorithm):
            if metric.regex is None:
                return FieldError(location, "is missing: write one with one group, the number in the job's log")
        elif metric.regex is not None:
            return FieldError(location, "is refused by AWS, whose image has its own metrics: leave it out")
        elif is_xgboost and not XGBOOST.fullmatch(metric.name):
            example = (
                f"print a line such as `[0]<tab>validation-{metric.name}:0.9`, and name it validation:{metric.name}"
            )
            return FieldError((*location[:-1], "name"), f"is none of the image's metrics: {example}")
    return None
