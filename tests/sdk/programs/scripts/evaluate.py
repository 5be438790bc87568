"""The mean squared error of the model, in the form of AWS's examples."""

import json
import tarfile
from pathlib import Path

import joblib
import numpy

with tarfile.open("/opt/ml/processing/model/model.tar.gz") as archive:
    archive.extractall("/tmp/model", filter="data")
model = joblib.load("/tmp/model/model.joblib")
rows = numpy.loadtxt("/opt/ml/processing/test/rows.csv", delimiter=",", ndmin=2)
error = float(((model.predict(rows[:, 1:]) - rows[:, 0]) ** 2).mean())
Path("/opt/ml/processing/report/evaluation.json").write_text(
    json.dumps({"regression_metrics": {"mse": {"value": error}}})
)
