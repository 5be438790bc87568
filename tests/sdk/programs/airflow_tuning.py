"""Airflow's operators: tune a script, register the best model, read its archive in a processing job; the hook lists."""

import io
import os
import tarfile
import tempfile

os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp())
os.environ.setdefault("AIRFLOW_CONN_AWS_DEFAULT", "aws://")

import boto3
from airflow.providers.amazon.aws.hooks.sagemaker import SageMakerHook
from airflow.providers.amazon.aws.operators.sagemaker import (
    SageMakerProcessingOperator,
    SageMakerRegisterModelVersionOperator,
    SageMakerTuningOperator,
)

bucket, role, scripts = os.environ["BUCKET"], os.environ["ROLE"], os.environ["SCRIPTS"]
s3 = boto3.client("s3")
image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
archive = io.BytesIO()
with tarfile.open(fileobj=archive, mode="w:gz") as code:
    code.add(f"{scripts}/scaled.py", "scaled.py")
s3.put_object(Bucket=bucket, Key="airflow-tuning/sourcedir.tar.gz", Body=archive.getvalue())
channel = {
    "ChannelName": "train",
    "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/line/"}},
}
resources = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 10}
tuning = {
    "HyperParameterTuningJobName": "airflow-tuning",
    "HyperParameterTuningJobConfig": {
        "Strategy": "Random",
        "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "error"},
        "ResourceLimits": {"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 2},
        "ParameterRanges": {"ContinuousParameterRanges": [{"Name": "scale", "MinValue": "1", "MaxValue": "3"}]},
    },
    "TrainingJobDefinition": {
        "AlgorithmSpecification": {
            "TrainingImage": image,
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "error", "Regex": "error=([0-9.]+)"}],
        },
        "StaticHyperParameters": {
            "sagemaker_program": "scaled.py",
            "sagemaker_submit_directory": f"s3://{bucket}/airflow-tuning/sourcedir.tar.gz",
        },
        "InputDataConfig": [channel],
        "OutputDataConfig": {"S3OutputPath": f"s3://{bucket}/airflow-tuning/out"},
        "ResourceConfig": resources,
        "RoleArn": role,
        "StoppingCondition": {"MaxRuntimeInSeconds": 300},
    },
}
tuned = SageMakerTuningOperator(task_id="tune", config=tuning, wait_for_completion=True, check_interval=1).execute({})
best = tuned["Tuning"]["BestTrainingJob"]
hook = SageMakerHook(aws_conn_id="aws_default")
artifact = hook.describe_training_job(best["TrainingJobName"])["ModelArtifacts"]["S3ModelArtifacts"]
package = SageMakerRegisterModelVersionOperator(
    task_id="register", image_uri=image, model_url=artifact, package_group_name="airflow-versions"
).execute({})
assert package.endswith(":model-package/airflow-versions/1"), package
script = (
    "import tarfile; archive = tarfile.open('/opt/ml/processing/in/model.tar.gz');"
    "open('/opt/ml/processing/out/scale.txt', 'wb').write(archive.extractfile('scale').read())"
)
processing = {
    "ProcessingJobName": "airflow-processing",
    "AppSpecification": {"ImageUri": image, "ContainerEntrypoint": ["python3", "-c", script]},
    "ProcessingInputs": [
        {
            "InputName": "model",
            "S3Input": {
                "S3Uri": artifact,
                "LocalPath": "/opt/ml/processing/in",
                "S3DataType": "S3Prefix",
                "S3InputMode": "File",
            },
        }
    ],
    "ProcessingOutputConfig": {
        "Outputs": [
            {
                "OutputName": "scale",
                "S3Output": {
                    "S3Uri": f"s3://{bucket}/airflow-scale",
                    "LocalPath": "/opt/ml/processing/out",
                    "S3UploadMode": "EndOfJob",
                },
            }
        ]
    },
    "ProcessingResources": {"ClusterConfig": resources},
    "RoleArn": role,
}
SageMakerProcessingOperator(task_id="read", config=processing, check_interval=1).execute({})
scale = s3.get_object(Bucket=bucket, Key="airflow-scale/scale.txt")["Body"].read().decode()
assert float(scale) == float(best["TunedHyperParameters"]["scale"]), scale
listed = hook.list_processing_jobs(NameContains="airflow-")
assert [job["ProcessingJobName"] for job in listed] == ["airflow-processing"]
