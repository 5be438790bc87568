"""A model that is there is a good one."""

import json
import tarfile
from pathlib import Path

FOLDER = Path("/opt/ml/processing")
(archive,) = (FOLDER / "input/model").rglob("model.tar.gz")
with tarfile.open(archive) as opened:
    score = 1.0 if "mean" in opened.getnames() else 0.0
(FOLDER / "output/metrics/metrics.json").write_text(json.dumps({"score": score}))
