"""The AWS CLI: a training job from a skeleton file, its waiter, its logs, and a processing job that is stopped."""

import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

bucket, role, scripts = os.environ["BUCKET"], os.environ["ROLE"], os.environ["SCRIPTS"]
image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"


def aws(*words):
    """What the CLI prints."""
    program = str(Path(sys.executable).parent / "aws")
    result = subprocess.run([program, *words], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


skeleton = json.loads(aws("sagemaker", "create-training-job", "--generate-cli-skeleton"))
assert {"TrainingJobName", "RoleArn"} <= skeleton.keys()
with tarfile.open("sourcedir.tar.gz", "w:gz") as code:
    code.add(f"{scripts}/scaled.py", "scaled.py")
aws("s3", "cp", "sourcedir.tar.gz", f"s3://{bucket}/cli-jobs/")
request = {
    "TrainingJobName": "cli-training",
    "AlgorithmSpecification": {
        "TrainingImage": image,
        "TrainingInputMode": "File",
        "MetricDefinitions": [{"Name": "error", "Regex": "error=([0-9.]+)"}],
    },
    "HyperParameters": {
        "sagemaker_program": "scaled.py",
        "sagemaker_submit_directory": f"s3://{bucket}/cli-jobs/sourcedir.tar.gz",
        "scale": "5",
    },
    "RoleArn": role,
    "OutputDataConfig": {"S3OutputPath": f"s3://{bucket}/cli-jobs/out"},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
    "StoppingCondition": {"MaxRuntimeInSeconds": 300},
}
Path("training.json").write_text(json.dumps(request))
aws("sagemaker", "create-training-job", "--cli-input-json", "file://training.json")
processing = {
    "ProcessingJobName": "cli-processing",
    "AppSpecification": {"ImageUri": image, "ContainerEntrypoint": ["sleep", "300"]},
    "ProcessingResources": {"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 10}},
    "RoleArn": role,
}
aws("sagemaker", "create-processing-job", "--cli-input-json", json.dumps(processing))
aws("sagemaker", "wait", "training-job-completed-or-stopped", "--training-job-name", "cli-training")
query = "[TrainingJobStatus, FinalMetricDataList[0].Value]"
described = aws("sagemaker", "describe-training-job", "--training-job-name", "cli-training", "--query", query)
assert json.loads(described) == ["Completed", 9.0]
events = aws("logs", "filter-log-events", "--log-group-name", "/aws/sagemaker/TrainingJobs",
             "--log-stream-name-prefix", "cli-training/", "--filter-pattern", "error", "--output", "text")  # fmt: skip
assert "error=9.000000" in events
aws("sagemaker", "stop-processing-job", "--processing-job-name", "cli-processing")
aws("sagemaker", "wait", "processing-job-completed-or-stopped", "--processing-job-name", "cli-processing")
stopped = aws("sagemaker", "list-processing-jobs", "--status-equals", "Stopped", "--name-contains", "cli-",
              "--query", "ProcessingJobSummaries[].ProcessingJobName")  # fmt: skip
assert json.loads(stopped) == ["cli-processing"]
