"""The SageMaker Python SDK, unmodified, does all its jobs by AWS_ENDPOINT_URL; our requests next to those it sends.

Each version has a separate environment (`make test-sdk` installs them; 1 GB together).
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.local_aws.launcher import ROOT, LocalAws
from tests.local_aws.script_jobs import running_script_jobs
from tests.sdk import differences
from tests.sdk.requests import KINDS, WORKLOADS, differing, given, ours

pytestmark = pytest.mark.sdk

ROLE = "arn:aws:iam::123456789012:role/training"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
SOURCE = WORKLOADS / "sdk" / "src"
PROGRAMS = {
    "v2": (".venv-sdk-v2", "v2.py", ROLE, str(SOURCE)),
    "v3": (".venv-images", "v3.py", ROLE, str(SOURCE), IMAGE),
}
"""Each version's environment, its driver, and the driver's arguments."""


@dataclass(frozen=True)
class SdkRun:
    """What a driver made, and what the API says of it."""

    version: str
    output: Mapping[str, Any]
    described: Mapping[str, Mapping[str, Any]]


@pytest.fixture(scope="module", params=PROGRAMS)
def sdk_run(request, tmp_path_factory):
    with running_script_jobs() as jobs:
        prepare(jobs.aws)
        output = drive(jobs.aws, request.param, tmp_path_factory.mktemp("home"))
        yield SdkRun(request.param, output, described(jobs.aws, output))


def prepare(aws: LocalAws) -> None:
    """Data, a role that the SDK's own check of permissions is content with, and a model's scripts for v3."""
    allow(aws.client("iam"))
    s3 = aws.client("s3")
    s3.put_object(Bucket="scripts", Key="sdk/rows.csv", Body=b"1,2\n3,4\n")
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.add(SOURCE, arcname=".")
    s3.put_object(Bucket="scripts", Key="code/sourcedir.tar.gz", Body=packed.getvalue())


def allow(iam: Any) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    iam.create_role(RoleName="training", AssumeRolePolicyDocument=json.dumps(policy(trust)))
    iam.put_role_policy(RoleName="training", PolicyName="all", PolicyDocument=json.dumps(policy(everything)))


def policy(statement: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [statement]}


def drive(aws: LocalAws, version: str, home: Path) -> dict[str, Any]:
    """Run a driver; return the JSON in its last line."""
    environment, driver, *arguments = PROGRAMS[version]
    python = ROOT / environment / "bin" / "python"
    if not python.exists():
        pytest.skip(f"{environment} is not installed: make test-sdk")
    words = [str(python), str(Path(__file__).parent / "drivers" / driver), *arguments]
    quiet = {"SAGEMAKER_SUPPRESS_V2_WARNING": "1", "SAGEMAKER_USER_CONFIG_OVERRIDE": str(differences.CONFIG)}
    variables = {**os.environ, **aws.environment, "HOME": str(home), **quiet}
    result = subprocess.run(words, env=variables, cwd=home, capture_output=True, text=True, timeout=500, check=False)
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    last = result.stdout.strip().splitlines()[-1]
    return dict(json.loads(last))


def described(aws: LocalAws, output: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Each thing that was made, as Describe answers."""
    sagemaker = aws.client("sagemaker")
    endpoint = sagemaker.describe_endpoint(EndpointName=output["endpoint"])
    config = sagemaker.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
    model = config["ProductionVariants"][0]["ModelName"]
    tuning = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=output["tuning"])
    tuning["TrainingJobDefinition"]["StaticHyperParameters"].pop("_tuning_objective_metric")  # SageMaker's, not sent
    return {
        "training": sagemaker.describe_training_job(TrainingJobName=output["training"]),
        "tuning": tuning,
        "processing": sagemaker.describe_processing_job(ProcessingJobName=output["processing"]),
        "transform": sagemaker.describe_transform_job(TransformJobName=output["transform"]),
        "model": sagemaker.describe_model(ModelName=model),
        "endpoint configuration": config,
        "endpoint": endpoint,
    }


@pytest.mark.parametrize("kind", ["training", "tuning", "processing", "transform"])
def test_the_job_has_run_to_its_end(sdk_run, kind):
    noun, _ = KINDS[kind]
    assert sdk_run.described[kind][f"{noun}Status"] == "Completed"


def test_the_endpoint_predicts_with_what_was_trained(sdk_run):
    assert sdk_run.output["predicted"] == [[8.0, 16.0]]


def test_the_tuner_names_a_job_that_it_started(sdk_run):
    assert sdk_run.output["best"].startswith(sdk_run.output["tuning"])


@pytest.mark.parametrize("kind", KINDS)
def test_our_request_is_the_sdks_but_for_the_documented_differences(sdk_run, kind):
    _, operation = KINDS[kind]
    paths = differing(given(operation, sdk_run.described[kind]), ours()[kind])
    assert differences.unexplained(paths, sdk_run.version) == []


def test_no_documented_difference_is_needless(sdk_run):
    differing_paths = [
        path
        for kind, (_, operation) in KINDS.items()
        for path in differing(given(operation, sdk_run.described[kind]), ours()[kind])
    ]
    assert differences.idle(differing_paths, sdk_run.version) == []
