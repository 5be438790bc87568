import io
import os
import tarfile

import boto3
from sagemaker.core.helper.session_helper import Session
from sagemaker.core.parameter import ContinuousParameter
from sagemaker.core.resources import Endpoint, EndpointConfig, Model
from sagemaker.core.shapes import ContainerDefinition, ProductionVariant
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData, OutputDataConfig, SourceCode, StoppingCondition
from sagemaker.train.tuner import HyperparameterTuner

ENVIRONMENT = os.environ.get("LAUNCHPAD_ENV", "local")
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
os.environ.setdefault("SAGEMAKER_VALIDATE_ROLE", "false")  # the SDK can't judge the platform's roles


def output(stack, key):
    """What a stack of the platform puts out."""
    stacks = boto3.client("cloudformation").describe_stacks(StackName=f"launchpad-{ENVIRONMENT}-{stack}")
    return next(item["OutputValue"] for item in stacks["Stacks"][0]["Outputs"] if item["OutputKey"] == key)


data_bucket, model_bucket = output("storage", "DataBucketName"), output("storage", "ModelBucketName")
inputs = [InputData(channel_name="training", data_source=f"s3://{data_bucket}/sdk/training/")]

trainer = ModelTrainer(
    sagemaker_session=Session(default_bucket=data_bucket),
    training_image=IMAGE,
    source_code=SourceCode(source_dir="src", entry_script="train.py"),
    hyperparameters={"scale": 2.0},
    compute=Compute(instance_type="ml.m5.large", instance_count=1),
    stopping_condition=StoppingCondition(max_runtime_in_seconds=600),
    role=output("access", "TrainingRoleArn"),
    output_data_config=OutputDataConfig(s3_output_path=f"s3://{model_bucket}/sdk/jobs"),
    base_job_name=f"{ENVIRONMENT}-sdk",
)
trainer.train(input_data_config=inputs, wait=True)
artifact = trainer._latest_training_job.model_artifacts.s3_model_artifacts

archive = io.BytesIO()
with tarfile.open(fileobj=archive, mode="w:gz") as scripts:
    scripts.add("src", arcname=".")
boto3.client("s3").put_object(Bucket=model_bucket, Key="sdk/sourcedir.tar.gz", Body=archive.getvalue())
name = f"{ENVIRONMENT}-sdk-v3"
container = ContainerDefinition(
    image=IMAGE,
    model_data_url=artifact,
    environment={
        "SAGEMAKER_PROGRAM": "inference.py",
        "SAGEMAKER_SUBMIT_DIRECTORY": f"s3://{model_bucket}/sdk/sourcedir.tar.gz",
    },
)
Model.create(model_name=name, primary_container=container, execution_role_arn=output("access", "ServingRoleArn"))
variant = ProductionVariant(
    variant_name="AllTraffic", model_name=name, initial_instance_count=1, instance_type="ml.m5.large"
)
EndpointConfig.create(endpoint_config_name=name, production_variants=[variant])
endpoint = Endpoint.create(endpoint_name=name, endpoint_config_name=name)
endpoint.wait_for_status("InService")
response = endpoint.invoke(body="[[1.0, 2.0]]", content_type="application/json", accept="application/json")
print(response.body.read().decode())
endpoint.delete()

tuner = HyperparameterTuner(
    trainer,
    "total",
    {"scale": ContinuousParameter(0.5, 4)},
    metric_definitions=[{"Name": "total", "Regex": "total: ([0-9.]+)"}],
    max_jobs=2,
    max_parallel_jobs=2,
    base_tuning_job_name=f"{ENVIRONMENT}-sdk-v3",
)
tuner.tune(inputs=inputs, wait=True)
print(tuner.best_training_job())
