"""The AWS CLI: buckets, a model, an endpoint configuration, waiting, searching, and an error's exit code."""

import json
import os
import subprocess
import sys
from pathlib import Path

bucket, role = os.environ["BUCKET"], os.environ["ROLE"]


def aws(*words, fails=False):
    """What the CLI prints, to stderr where it is to fail."""
    program = str(Path(sys.executable).parent / "aws")
    result = subprocess.run([program, *words], capture_output=True, text=True, check=False)
    assert (result.returncode != 0) is fails, result.stdout + result.stderr
    return result.stderr if fails else result.stdout


Path("note.txt").write_text("hello")
aws("s3", "cp", "note.txt", f"s3://{bucket}/cli/note.txt")
assert "note.txt" in aws("s3", "ls", f"s3://{bucket}/cli/")
address = aws("s3", "presign", f"s3://{bucket}/cli/note.txt").strip()
assert address.startswith(os.environ["AWS_ENDPOINT_URL"])
image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
aws("sagemaker", "create-model", "--model-name", "cli", "--execution-role-arn", role,
    "--primary-container", json.dumps({"Image": image}))  # fmt: skip
listed = json.loads(aws("sagemaker", "list-models", "--name-contains", "cli", "--query", "Models[].ModelName"))
assert listed == ["cli"]
pipeline = {"Version": "2020-12-01", "Steps": [{"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": "no"}}]}
aws("sagemaker", "create-pipeline", "--pipeline-name", "cli", "--role-arn", role,
    "--pipeline-definition", json.dumps(pipeline))  # fmt: skip
assert "cli" in aws("sagemaker", "list-pipelines", "--output", "text")
refusal = aws("sagemaker", "create-feature-group", "--feature-group-name", "a", "--record-identifier-feature-name", "b",
              "--event-time-feature-name", "c", "--feature-definitions", "FeatureName=b,FeatureType=String",
              fails=True)  # fmt: skip
assert "keep features as files in S3" in refusal
aws("sagemaker", "delete-model", "--model-name", "cli")
