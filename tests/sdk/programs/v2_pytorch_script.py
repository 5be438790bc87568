"""Script mode with PyTorch, metrics by regular expressions, and the model deployed from another script."""

import os

import numpy
import sagemaker
from sagemaker.pytorch import PyTorch

bucket, role, scripts = os.environ["BUCKET"], os.environ["ROLE"], os.environ["SCRIPTS"]
estimator = PyTorch(
    entry_point="torch_line.py",
    source_dir=scripts,
    framework_version="2.3.0",
    py_version="py311",
    instance_type="ml.m5.large",
    instance_count=1,
    role=role,
    hyperparameters={"epochs": 5},
    metric_definitions=[{"Name": "loss", "Regex": "loss=([0-9.e-]+)"}],
    sagemaker_session=sagemaker.Session(default_bucket=bucket),
)
estimator.fit({"train": f"s3://{bucket}/line/"})
job = estimator.latest_training_job.describe()
assert job["FinalMetricDataList"][0]["MetricName"] == "loss"
predictor = estimator.deploy(initial_instance_count=1, instance_type="ml.m5.large")
assert predictor.predict(numpy.array([[1.0]], dtype=numpy.float32)).shape == (1, 1)
predictor.delete_endpoint()
