"""MLflow's client with AWS's plugin: parameters, metrics and an artifact in an App's run."""

import os
import time

import boto3
import mlflow

bucket, role = os.environ["BUCKET"], os.environ["ROLE"]
sagemaker = boto3.client("sagemaker")
arn = sagemaker.create_mlflow_app(Name="programs", ArtifactStoreUri=f"s3://{bucket}/mlflow", RoleArn=role)["Arn"]
while sagemaker.describe_mlflow_app(Arn=arn)["Status"] == "Creating":
    time.sleep(1)
mlflow.set_tracking_uri(arn)
mlflow.set_experiment("line")
with mlflow.start_run() as run:
    mlflow.log_param("slope", 2)
    mlflow.log_metric("error", 0.5)
    mlflow.log_text("a note", "note.txt")
read = mlflow.get_run(run.info.run_id).data
assert read.params == {"slope": "2"}
assert read.metrics == {"error": 0.5}
