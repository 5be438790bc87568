"""What a user of the SageMaker Python SDK v3 writes. What it made is printed as JSON, in the last line."""

import json
import sys

from sagemaker.core.helper.session_helper import Session
from sagemaker.core.parameter import ContinuousParameter
from sagemaker.core.processing import ScriptProcessor
from sagemaker.core.resources import Endpoint, EndpointConfig, Model
from sagemaker.core.shapes import (
    ContainerDefinition,
    ProcessingInput,
    ProcessingOutput,
    ProcessingS3Input,
    ProcessingS3Output,
    ProductionVariant,
)
from sagemaker.core.transformer import Transformer
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData, OutputDataConfig, SourceCode, StoppingCondition
from sagemaker.train.tuner import HyperparameterTuner

role, source, image = sys.argv[1:]
# Without a bucket the SDK asks STS for the account, at an address of AWS that is written into it.
session = Session(default_bucket="scripts")
data = [InputData(channel_name="training", data_source="s3://scripts/sdk")]

trainer = ModelTrainer(
    sagemaker_session=session,
    training_image=image,
    source_code=SourceCode(source_dir=source, entry_script="train.py"),
    compute=Compute(instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=10),
    hyperparameters={"scale": 2.0},
    role=role,
    base_job_name="trainer",
    stopping_condition=StoppingCondition(max_runtime_in_seconds=300),
    output_data_config=OutputDataConfig(s3_output_path="s3://scripts/out"),
)
trainer.train(input_data_config=data, wait=True)
job = trainer._latest_training_job

tuner = HyperparameterTuner(
    trainer,
    "total",
    {"scale": ContinuousParameter(0.5, 4)},
    metric_definitions=[{"Name": "total", "Regex": "total: ([0-9.]+)"}],
    strategy="Random",
    max_jobs=2,
    max_parallel_jobs=2,
)
tuner.tune(inputs=data, wait=True)

processor = ScriptProcessor(
    role=role,
    image_uri=image,
    command=["python3"],
    instance_type="ml.m5.large",
    instance_count=1,
    volume_size_in_gb=10,
    max_runtime_in_seconds=300,
    sagemaker_session=session,
)
raw = ProcessingS3Input(
    s3_uri="s3://scripts/sdk",
    local_path="/opt/ml/processing/input/raw",
    s3_data_type="S3Prefix",
    s3_input_mode="File",
)
clean = ProcessingS3Output(
    s3_uri="s3://scripts/clean", local_path="/opt/ml/processing/output/clean", s3_upload_mode="EndOfJob"
)
processor.run(
    code=f"{source}/process.py",
    inputs=[ProcessingInput(input_name="raw", s3_input=raw)],
    outputs=[ProcessingOutput(output_name="clean", s3_output=clean)],
)

# The scripts of a model are next to it in S3, as `prepare` in the test has put them there.
variables = {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "s3://scripts/code/sourcedir.tar.gz"}
container = ContainerDefinition(
    image=image, model_data_url=job.model_artifacts.s3_model_artifacts, environment=variables
)
model = Model.create(model_name="sdk-model", primary_container=container, execution_role_arn=role)
variant = ProductionVariant(
    variant_name="AllTraffic", model_name="sdk-model", initial_instance_count=1, instance_type="ml.m5.large"
)
config = EndpointConfig.create(endpoint_config_name="sdk-config", production_variants=[variant])
endpoint = Endpoint.create(endpoint_name="sdk-endpoint", endpoint_config_name="sdk-config")
endpoint.wait_for_status("InService")
response = endpoint.invoke(body="[[1.0, 2.0]]", content_type="application/json", accept="application/json")

transformer = Transformer(
    model_name="sdk-model",
    instance_count=1,
    instance_type="ml.m5.large",
    strategy="MultiRecord",
    assemble_with="Line",
    accept="text/csv",
    output_path="s3://scripts/batch",
    sagemaker_session=session,
)
transformer.transform("s3://scripts/sdk", content_type="text/csv", split_type="Line", wait=True)

report = {
    "training": job.training_job_name,
    "tuning": tuner.latest_tuning_job.hyper_parameter_tuning_job_name,
    "processing": processor.latest_job.processing_job_name,
    "transform": transformer.latest_transform_job.transform_job_name,
    "endpoint": "sdk-endpoint",
    "best": tuner.best_training_job(),
    "predicted": json.loads(response.body.read()),
}
print(json.dumps(report))
