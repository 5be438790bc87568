"""SDK v3: a training job whose output goes to the default bucket, which nothing names."""

import os

from sagemaker.core.helper.session_helper import Session
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData, SourceCode, StoppingCondition

os.environ.setdefault("SAGEMAKER_VALIDATE_ROLE", "false")  # the SDK asks for permissions that this program does not use
session = Session()
assert session.default_bucket() == f"sagemaker-{session.boto_region_name}-123456789012"
trainer = ModelTrainer(
    training_image="683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3",
    source_code=SourceCode(source_dir=os.environ["SCRIPTS"], entry_script="sklearn_line.py"),
    compute=Compute(instance_type="ml.m5.large", instance_count=1),
    hyperparameters={"fit-intercept": 1},
    stopping_condition=StoppingCondition(max_runtime_in_seconds=300),
    role=os.environ["ROLE"],
    base_job_name="v3-default",
)
rows = f"s3://{os.environ['BUCKET']}/line/"
trainer.train(input_data_config=[InputData(channel_name="train", data_source=rows)], wait=True)
job = trainer._latest_training_job
assert job.training_job_status == "Completed"
assert job.model_artifacts.s3_model_artifacts.startswith(f"s3://{session.default_bucket()}/")
