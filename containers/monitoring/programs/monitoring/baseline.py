"""The baseline of a training job: what its training split looks like, and a sample of it to compare windows with.

`write_baseline` makes `baseline.json`, `sample.csv` (a header, the target included) and the same rows as the model's
input: `features.csv` without header and target, or `features.jsonl`. A transform job adds the model's answers to them
as `predictions/features.csv.out`. `read_baseline` puts all of it together again.
"""

from monitoring.baseline_reading import Baseline, read_baseline
from monitoring.baseline_writing import write_baseline
from monitoring.reading.training_files import BaselineError

__all__ = ["Baseline", "BaselineError", "read_baseline", "write_baseline"]
