"""The mean squared error of the model, in the form of AWS's examples."""

import json
import shutil
from pathlib import Path

import joblib
import numpy

shutil.unpack_archive("/opt/ml/processing/model/model.tar.gz", "/tmp/model")
model = joblib.load("/tmp/model/model.joblib")
rows = numpy.loadtxt("/opt/ml/processing/test/rows.csv", delimiter=",", ndmin=2)
error = float(((model.predict(rows[:, 1:]) - rows[:, 0]) ** 2).mean())
Path("/opt/ml/processing/report/evaluation.json").write_text(
    json.dumps({"regression_metrics": {"mse": {"value": error}}})
)
