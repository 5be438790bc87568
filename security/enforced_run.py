"""A platform on a local AWS that enforces IAM: every function, job, endpoint and rule uses its own role.

`enforced_steps` uses all of it. `deploy` uses the CDK CLI with CDK's bootstrap roles. Only the deploying principal, the
account's administrator, is not limited by a policy. IAM's decisions are in `calls`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from launchpad import paths
from security.untracked_config import copy_untracked_config

WORKLOAD = "enforced"
ENVIRONMENT = "local"
SOURCE = Path(__file__).with_name("enforced_workloads")
LINKED = (
    *(".tools", ".venv-local-aws", "app.py", "cdk.json", "containers", "images.lock.json", "lambda"),
    *("launchpad", "node_modules", "prices", "stacks"),
)
ACCOUNT, REGION = "123456789012", "us-east-1"
START_SECONDS, WAIT_SECONDS = 60, 240
RAW = b"1,2\n3,4\n5,6\n"


@dataclass(frozen=True)
class EnforcedRun:
    """A checkout with one workload, and the server that it is deployed to."""

    checkout: Path
    state: Path
    environment: Mapping[str, str]
    """The environment variables by which any client reaches the server."""

    def command(self, *arguments: str) -> str:
        """Run `launchpad`; return what it printed.

        Raises:
            RuntimeError: it failed; carries its output.
        """
        line = [str(paths.ROOT / ".venv" / "bin" / "launchpad"), *arguments]
        variables = {"LAUNCHPAD_ROOT": str(self.checkout), "COLUMNS": "200", **self.environment}
        result = subprocess.run(
            line, env={**os.environ, **variables}, cwd=self.checkout, capture_output=True, text=True, check=False
        )
        if result.returncode:
            raise RuntimeError(f"launchpad {' '.join(arguments)}: {result.stdout}{result.stderr}")
        return result.stdout

    def client(self, service: str) -> Any:
        """A boto3 client with the administrator's credentials."""
        return _client(service, self.environment["AWS_ENDPOINT_URL"], self.environment["AWS_SECRET_ACCESS_KEY"])

    @property
    def calls(self) -> list[dict[str, Any]]:
        """IAM's decisions so far."""
        file = self.state / "iam-calls.jsonl"
        return [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []

    @cached_property
    def outputs(self) -> Mapping[str, str]:
        """The deployed stacks' outputs."""
        stacks = self.client("cloudformation").describe_stacks()["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for stack in stacks for output in stack.get("Outputs", ())}

    @cached_property
    def roles(self) -> Mapping[str, str]:
        """Role names by stack and construct, such as `access/TrainingRole`."""
        cloudformation, names = self.client("cloudformation"), {}
        for stack in cloudformation.describe_stacks()["Stacks"]:
            for resource in cloudformation.describe_stack_resources(StackName=stack["StackName"])["StackResources"]:
                if resource["ResourceType"] == "AWS::IAM::Role" and stack["StackName"].startswith("launchpad-"):
                    part = stack["StackName"].split("-", 2)[2]
                    names[f"{part}/{resource['LogicalResourceId'][:-8]}"] = resource["PhysicalResourceId"]
        return names

    @cached_property
    def state_machine(self) -> str:
        """The pipeline's ARN."""
        return self.outputs["StateMachineArn"]

    def launch(self, kind: str, token: str, *, workload: str = WORKLOAD, **more: Any) -> dict[str, Any]:
        """Invoke the launch function; return its response, or `errorMessage`."""
        return self.invoke("LaunchFunctionName", {"workload": workload, "kind": kind, "token": token, **more})

    def deploy(self, job: str) -> dict[str, Any]:
        """Invoke the deploy function; return its response, or `errorMessage`."""
        return self.invoke("DeployFunctionName", {"workload": WORKLOAD, "training_job_name": job})

    def invoke(self, function: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Invoke a function; `function` is the stack output that holds its name."""
        response = self.client("lambda").invoke(
            FunctionName=self.outputs[function], Payload=json.dumps(payload).encode()
        )
        result: dict[str, Any] = json.loads(response["Payload"].read())
        return result

    def ended(self, noun: str, name: str) -> dict[str, Any]:
        """Describe a job once it has ended."""
        verb = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in noun)
        describe = getattr(self.client("sagemaker"), f"describe{verb}")

        def look() -> dict[str, Any] | None:
            job: dict[str, Any] = describe(**{f"{noun}Name": name})
            return job if job[f"{noun}Status"] in ("Completed", "Failed", "Stopped") else None

        description: dict[str, Any] = until(look)
        return description

    def endpoint(self, *statuses: str) -> dict[str, Any]:
        """Describe the workload's endpoint once it has settled."""
        describe = self.client("sagemaker").describe_endpoint

        def look() -> dict[str, Any] | None:
            description: dict[str, Any] = describe(EndpointName=f"{ENVIRONMENT}-{WORKLOAD}")
            return description if description["EndpointStatus"] in (statuses or ("InService", "Failed")) else None

        description: dict[str, Any] = until(look)
        return description

    def execution(self, arn: str) -> dict[str, Any]:
        """Describe an execution of the pipeline once it has ended."""
        describe = self.client("stepfunctions").describe_execution

        def look() -> dict[str, Any] | None:
            description: dict[str, Any] = describe(executionArn=arn)
            return description if description["status"] != "RUNNING" else None

        description: dict[str, Any] = until(look)
        return description

    def start_pipeline(self, name: str, workload: str = WORKLOAD, **more: Any) -> str:
        """Start a workload's pipeline; return the execution's ARN."""
        payload = json.dumps({"workload": workload, **more})
        execution = self.client("stepfunctions").start_execution(
            stateMachineArn=self.state_machine, name=name, input=payload
        )
        return str(execution["executionArn"])

    def executions(self) -> list[str]:
        """The ARNs of all executions."""
        executions = self.client("stepfunctions").list_executions(stateMachineArn=self.state_machine)["executions"]
        return [execution["executionArn"] for execution in executions]

    def put_raw(self, name: str) -> None:
        """Upload new data, which starts the pipeline."""
        key = f"{WORKLOAD}/raw/{name}.csv"
        self.client("s3").put_object(Bucket=self.outputs["DataBucketName"], Key=key, Body=RAW)


@cache
def _client(service: str, url: str, secret: str) -> Any:
    config = Config(retries={"total_max_attempts": 1}, read_timeout=WAIT_SECONDS)
    keys = {"aws_access_key_id": ACCOUNT, "aws_secret_access_key": secret}
    return boto3.client(service, endpoint_url=url, region_name=REGION, config=config, **keys)


def until(look: Callable[[], Any], seconds: float = WAIT_SECONDS) -> Any:
    """Poll `look` until it returns a truthy value; return that.

    Raises:
        TimeoutError: it returned nothing in time.
    """
    deadline = time.monotonic() + seconds
    while not (result := look()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing after {seconds} s")
        time.sleep(0.1)
    return result


@contextmanager
def enforced_run() -> Iterator[EnforcedRun]:
    """A server and a checkout with nothing deployed yet; both are removed at the end."""
    with tempfile.TemporaryDirectory(prefix="enforced-") as folder:
        home = Path(folder)
        _make_checkout(home / "checkout")
        with (home / "output").open("w") as output, _server(home, output) as environment:
            yield EnforcedRun(home / "checkout", home / "state", environment)


def _make_checkout(root: Path) -> None:
    root.mkdir()
    for name in LINKED:
        if (paths.ROOT / name).exists():
            (root / name).symlink_to(paths.ROOT / name)
    copy_untracked_config(root / "config")
    config = root / "config" / f"{ENVIRONMENT}.yaml"
    rules = "owns_job_logs: true\nretention: {delete: true, resumable_days: 0}\n"
    config.write_text(config.read_text("utf-8") + rules, "utf-8")
    (root / ".local-aws").mkdir()
    shutil.copytree(SOURCE, root / "workloads", ignore=shutil.ignore_patterns("__pycache__"))


@contextmanager
def _server(home: Path, output: Any) -> Iterator[dict[str, str]]:
    ready = home / "ready.json"
    options = ("--port", "0", "--ready-file", ready, "--state", home / "state", "--stop-grace", "2", "--iam")
    process = subprocess.Popen(
        [
            *map(str, (paths.ROOT / ".venv-local-aws" / "bin" / "python", "-m", "local_aws", *options)),
            *("--cache", str(paths.LOCAL_AWS / "cache")),
        ],
        cwd=paths.ROOT,
        # The waits of Step Functions and of SageMaker's updates are only needed on AWS.
        env={**os.environ, "SFN_WAIT_SCALE": "0.05", "LOCAL_AWS_CLOCK": "60"},
        stdout=output,
        stderr=output,
    )
    try:
        until(lambda: ready.exists() or process.poll() is not None, START_SECONDS)
        yield dict(json.loads(ready.read_text("utf-8"))["environment"])
    finally:
        process.terminate()
        process.wait(30)
