"""An asynchronous endpoint of the SDK: a file in S3 is its request, and the answer is waited for."""

import os

import numpy
import sagemaker
from sagemaker.async_inference import AsyncInferenceConfig, WaiterConfig
from sagemaker.sklearn import SKLearn

bucket, role, scripts = os.environ["BUCKET"], os.environ["ROLE"], os.environ["SCRIPTS"]
estimator = SKLearn(
    entry_point="sklearn_line.py",
    source_dir=scripts,
    framework_version="1.2-1",
    instance_type="ml.m5.large",
    role=role,
    sagemaker_session=sagemaker.Session(default_bucket=bucket),
)
estimator.fit({"train": f"s3://{bucket}/line/"})
config = AsyncInferenceConfig(
    output_path=f"s3://{bucket}/v2-async/out",
    failure_path=f"s3://{bucket}/v2-async/failed",
    max_concurrent_invocations_per_instance=2,
)
predictor = estimator.deploy(1, "ml.m5.large", async_inference_config=config)
response = predictor.predict_async(
    numpy.array([[3.0], [10.0]]),
    input_path=f"s3://{bucket}/v2-async/in/rows.npy",
    initial_args={"ContentType": "application/x-npy"},  # the SDK sends none
)
assert response.output_path.startswith(f"s3://{bucket}/v2-async/out/")
assert numpy.allclose(response.get_result(WaiterConfig(max_attempts=60, delay=1)), [7.0, 21.0])
predictor.delete_endpoint()
