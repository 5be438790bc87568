"""Times a trivial training job in the SageMaker SDK's local mode: ``python sdk_local_mode.py IMAGE SCRIPT COUNT``.

For the SDK's environment (version 2, the last one with all of local mode); `local_jobs.py` calls it. It prints the
seconds of each job, from `fit` to its return, as JSON. It needs Docker with its `compose`, and no AWS account: nothing
that local mode does here leaves the machine.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path

import boto3
from sagemaker.estimator import Estimator
from sagemaker.local import LocalSession

ROLE = "arn:aws:iam::123456789012:role/nobody"
SETTINGS = {"SchemaVersion": "1.0", "SageMaker": {"PythonSDK": {"Modules": {"TelemetryOptOut": True}}}}
ACCOUNT = {"aws_access_key_id": "none", "aws_secret_access_key": "none", "region_name": "us-east-1"}


def main() -> None:
    """Run the jobs one after another, the first one for warming up."""
    standard_output = os.dup(1)
    os.dup2(2, 1)  # the SDK's and the jobs' own lines
    image, script, count = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    session = LocalSession(boto3.Session(**ACCOUNT), sagemaker_config=SETTINGS)
    session.config = {"local": {"local_code": True}}
    seconds = []
    for _ in range(count + 1):
        with tempfile.TemporaryDirectory() as output:
            estimator = Estimator(
                image,
                ROLE,
                instance_count=1,
                instance_type="local",
                entry_point=script.name,
                source_dir=str(script.parent),
                output_path=f"file://{output}",
                sagemaker_session=session,
            )
            start = time.perf_counter()
            estimator.fit()
            seconds.append(time.perf_counter() - start)
    os.write(standard_output, f"\n{json.dumps(seconds[1:])}\n".encode())


if __name__ == "__main__":
    main()
