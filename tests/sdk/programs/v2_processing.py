"""A processing job with SKLearnProcessor, and one with FrameworkProcessor, which brings a folder of code."""

import os

import boto3
import sagemaker
from sagemaker.processing import FrameworkProcessor, ProcessingInput, ProcessingOutput
from sagemaker.sklearn import SKLearn, SKLearnProcessor

bucket, role, scripts = os.environ["BUCKET"], os.environ["ROLE"], os.environ["SCRIPTS"]
session = sagemaker.Session(default_bucket=bucket)
settings = {"role": role, "instance_type": "ml.m5.large", "instance_count": 1, "sagemaker_session": session}
rows = ProcessingInput(source=f"s3://{bucket}/line/rows.csv", destination="/opt/ml/processing/input")


def outputs(name):
    """Both parts of the rows, below a prefix."""
    return [
        ProcessingOutput(
            output_name=part, source=f"/opt/ml/processing/{part}", destination=f"s3://{bucket}/{name}/{part}"
        )
        for part in ("train", "test")
    ]


SKLearnProcessor("1.2-1", **settings).run(f"{scripts}/prepare.py", inputs=[rows], outputs=outputs("sklearn"))
framework = FrameworkProcessor(SKLearn, "1.2-1", **settings)
framework.run("prepare.py", source_dir=scripts, inputs=[rows], outputs=outputs("framework"))
s3 = boto3.client("s3")
for name in ("sklearn", "framework"):
    body = s3.get_object(Bucket=bucket, Key=f"{name}/test/rows.csv")["Body"].read()
    assert len(body.split()) == 5, body
