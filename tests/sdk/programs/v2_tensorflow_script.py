"""Script mode with TensorFlow: a SavedModel, served as TensorFlow Serving does."""

import os

import sagemaker
from sagemaker.tensorflow import TensorFlow

bucket, role, scripts = os.environ["BUCKET"], os.environ["ROLE"], os.environ["SCRIPTS"]
estimator = TensorFlow(
    entry_point="tensorflow_line.py",
    source_dir=scripts,
    framework_version="2.16.2",
    py_version="py310",
    instance_type="ml.m5.large",
    instance_count=1,
    role=role,
    sagemaker_session=sagemaker.Session(default_bucket=bucket),
)
estimator.fit({"train": f"s3://{bucket}/line/"})
predictor = estimator.deploy(initial_instance_count=1, instance_type="ml.m5.large")
assert predictor.predict({"instances": [[2.0]]}) == {"predictions": [[5.0]]}
predictor.delete_endpoint()
