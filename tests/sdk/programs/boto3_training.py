"""boto3 alone: archive a script, create a training job, wait for it by the waiter, read metrics and logs."""

import io
import os
import tarfile

import boto3

bucket, role, scripts = os.environ["BUCKET"], os.environ["ROLE"], os.environ["SCRIPTS"]
s3, sagemaker = boto3.client("s3"), boto3.client("sagemaker")
archive = io.BytesIO()
with tarfile.open(fileobj=archive, mode="w:gz") as code:
    code.add(f"{scripts}/scaled.py", "scaled.py")
s3.put_object(Bucket=bucket, Key="boto3/sourcedir.tar.gz", Body=archive.getvalue())
sagemaker.create_training_job(
    TrainingJobName="boto3-training",
    AlgorithmSpecification={
        "TrainingImage": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3",
        "TrainingInputMode": "File",
        "MetricDefinitions": [{"Name": "error", "Regex": "error=([0-9.]+)"}],
    },
    HyperParameters={
        "sagemaker_program": "scaled.py",
        "sagemaker_submit_directory": f"s3://{bucket}/boto3/sourcedir.tar.gz",
        "scale": "3",
    },
    RoleArn=role,
    OutputDataConfig={"S3OutputPath": f"s3://{bucket}/boto3/out"},
    ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
    StoppingCondition={"MaxRuntimeInSeconds": 300},
    Tags=[{"Key": "project", "Value": "boto3"}],
)
sagemaker.get_waiter("training_job_completed_or_stopped").wait(
    TrainingJobName="boto3-training", WaiterConfig={"Delay": 1}
)
job = sagemaker.describe_training_job(TrainingJobName="boto3-training")
assert job["FinalMetricDataList"][0]["Value"] == 1.0
streams = boto3.client("logs").describe_log_streams(
    logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix="boto3-training/"
)
assert len(streams["logStreams"]) == 1
condition = {"Name": "Tags.project", "Operator": "Equals", "Value": "boto3"}
hits = sagemaker.search(Resource="TrainingJob", SearchExpression={"Filters": [condition]})["Results"]
assert [hit["TrainingJob"]["TrainingJobName"] for hit in hits] == ["boto3-training"]
