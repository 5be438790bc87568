"""SDK v3: a ModelTrainer with a folder of code, and the endpoint of its model by the resource classes."""

import io
import os
import tarfile

import boto3
from sagemaker.core.helper.session_helper import Session
from sagemaker.core.resources import Endpoint, EndpointConfig, Model
from sagemaker.core.shapes import ContainerDefinition, ProductionVariant
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData, OutputDataConfig, SourceCode, StoppingCondition

os.environ.setdefault("SAGEMAKER_VALIDATE_ROLE", "false")  # the SDK asks for permissions that this program does not use
bucket, role, scripts = os.environ["BUCKET"], os.environ["ROLE"], os.environ["SCRIPTS"]
image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
trainer = ModelTrainer(
    sagemaker_session=Session(default_bucket=bucket),
    training_image=image,
    source_code=SourceCode(source_dir=scripts, entry_script="sklearn_line.py"),
    compute=Compute(instance_type="ml.m5.large", instance_count=1),
    hyperparameters={"fit-intercept": 1},
    stopping_condition=StoppingCondition(max_runtime_in_seconds=300),
    output_data_config=OutputDataConfig(s3_output_path=f"s3://{bucket}/v3"),
    role=role,
    base_job_name="v3-trainer",
)
trainer.train(input_data_config=[InputData(channel_name="train", data_source=f"s3://{bucket}/line/")], wait=True)
job = trainer._latest_training_job
assert job.training_job_status == "Completed"
archive = io.BytesIO()
with tarfile.open(fileobj=archive, mode="w:gz") as code:
    code.add(f"{scripts}/sklearn_line.py", "sklearn_line.py")
boto3.client("s3").put_object(Bucket=bucket, Key="v3/sourcedir.tar.gz", Body=archive.getvalue())
variables = {
    "SAGEMAKER_PROGRAM": "sklearn_line.py",
    "SAGEMAKER_SUBMIT_DIRECTORY": f"s3://{bucket}/v3/sourcedir.tar.gz",
}
container = ContainerDefinition(
    image=image, model_data_url=job.model_artifacts.s3_model_artifacts, environment=variables
)
model = Model.create(model_name="v3-trainer", primary_container=container, execution_role_arn=role)
variant = ProductionVariant(
    variant_name="AllTraffic", model_name="v3-trainer", initial_instance_count=1, instance_type="ml.m5.large"
)
config = EndpointConfig.create(endpoint_config_name="v3-trainer", production_variants=[variant])
endpoint = Endpoint.create(endpoint_name="v3-trainer", endpoint_config_name=config)
endpoint.wait_for_status("InService", poll=1)
response = endpoint.invoke(body="[[3.0]]", content_type="application/json", accept="application/json")
assert response.body.read() == b"[7.0]"
assert [each.endpoint_name for each in Endpoint.get_all(name_contains="v3-trainer")] == ["v3-trainer"]
endpoint.delete()
