"""The SageMaker Python SDK, unmodified, trains by AWS_ENDPOINT_URL (`make lock-images` installs it)."""

from __future__ import annotations

import json
import os
import subprocess
import textwrap

import pytest

from tests.local_aws.launcher import ROOT
from tests.local_aws.script_jobs import IMAGE, running_script_jobs

pytestmark = pytest.mark.images

PYTHON = ROOT / ".venv-images" / "bin" / "python"
ROLE = "arn:aws:iam::123456789012:role/training"
SCRIPT = """
import argparse, os, pathlib
parser = argparse.ArgumentParser()
parser.add_argument("--scale", type=float)
arguments = parser.parse_args()
rows = pathlib.Path(os.environ["SM_CHANNEL_TRAINING"], "rows.csv").read_text().split(",")
pathlib.Path(os.environ["SM_MODEL_DIR"], "sum").write_text(str(arguments.scale * sum(map(float, rows))))
"""
TRAIN = """
import sys
from sagemaker.core.helper.session_helper import Session
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData, OutputDataConfig, SourceCode, StoppingCondition

image, role, folder = sys.argv[1:]
trainer = ModelTrainer(
    # Without a bucket the SDK asks STS for the account, at an address of AWS that is written into it.
    sagemaker_session=Session(default_bucket="scripts"),
    training_image=image,
    source_code=SourceCode(source_dir=folder, entry_script="train.py"),
    compute=Compute(instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=10),
    hyperparameters={"scale": 2.0},
    role=role,
    base_job_name="sdk",
    stopping_condition=StoppingCondition(max_runtime_in_seconds=300),
    output_data_config=OutputDataConfig(s3_output_path="s3://scripts/out"),
)
trainer.train(input_data_config=[InputData(channel_name="training", data_source="s3://scripts/sdk/")], wait=True)
"""


def allow(iam):
    """A role that the SDK's own check of permissions is content with."""
    trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    version = "2012-10-17"
    iam.create_role(
        RoleName="training", AssumeRolePolicyDocument=json.dumps({"Version": version, "Statement": [trust]})
    )
    document = json.dumps({"Version": version, "Statement": [everything]})
    iam.put_role_policy(RoleName="training", PolicyName="all", PolicyDocument=document)


@pytest.mark.skipif(not PYTHON.exists(), reason="the SageMaker SDK is not installed: make lock-images")
def test_the_sdks_model_trainer_trains(tmp_path):
    (tmp_path / "train.py").write_text(textwrap.dedent(SCRIPT))
    with running_script_jobs() as jobs:
        allow(jobs.aws.client("iam"))
        jobs.put("sdk/rows.csv", "1,2,3.5")
        words = [str(PYTHON), "-c", TRAIN, IMAGE, ROLE, str(tmp_path)]
        environment = {**os.environ, **jobs.aws.environment}
        done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stderr
        (summary,) = jobs.aws.client("sagemaker").list_training_jobs()["TrainingJobSummaries"]
        job = jobs.describe(summary["TrainingJobName"])
        assert job["TrainingJobStatus"] == "Completed"
        assert jobs.artefact(job["ModelArtifacts"]["S3ModelArtifacts"]) == {"sum": b"13.0"}
