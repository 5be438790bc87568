"""What differs between our requests and the SDK's for the same jobs, and why; `docs/sdk.md` is made of it.

The page also has the examples, which `test_examples.py` runs.

`python -m tests.sdk.differences` writes the document.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "sdk.md"
EXAMPLES = Path(__file__).parent / "examples"
CONFIG = Path(__file__).with_name("sagemaker.yaml")
"""Switches the SDK's telemetry off."""


@dataclass(frozen=True)
class Difference:
    """One reason, and the paths of a request that it is for."""

    what: str
    why: str
    path: str
    """A regular expression that a path must match as a whole."""
    of: tuple[str, ...] = ("v2", "v3")
    """The versions of the SDK in whose requests it shows."""


DIFFERENCES = (
    Difference(
        "Names",
        "ours begin with the environment, by which IAM keeps the environments of one account apart",
        r"\w+Name|ProductionVariants\[AllTraffic\]\.ModelName|.*\.sagemaker_job_name",
    ),
    Difference(
        "Tags",
        "environment and workload, by which costs and permissions are distinguished",
        r"Tags\[launchpad:\w+\]\.(Key|Value)",
    ),
    Difference(
        "Places in S3",
        "the platform's folders; a prefix of ours ends with a slash, or `sdk` would match `sdk-2` as well",
        r".*\.(S3Uri|S3OutputPath|ModelDataUrl)",
    ),
    Difference("Roles", "one per task rather than one for all", r"RoleArn|ExecutionRoleArn"),
    Difference("Encryption", "the environment's key, for volumes, outputs and captured data", r"(.*\.)?\w*KmsKeyId"),
    Difference(
        "Network",
        "in the private subnets, isolated and with encrypted traffic, unless the workload says otherwise",
        r"(.*\.)?(VpcConfig\..*|EnableNetworkIsolation|EnableInterContainerTrafficEncryption)",
    ),
    Difference(
        "Scripts",
        "they travel as the channel `code`, or in the model's archive, which an isolated container can read; the SDK"
        " has the container fetch them from S3 (v2), or replaces its program with a driver (v3)",
        r".*InputDataConfig\[(code|sm_drivers)\]\..*|AlgorithmSpecification\.Container(Arguments|Entrypoint)\[\d\]"
        r"|.*\.sagemaker_(submit_directory|program|region|container_log_level)|.*\.SAGEMAKER_\w+",
    ),
    Difference(
        "Insight",
        "AWS closed Debugger and its profiler to new customers; v2 switches them on",
        r"(DebugHookConfig|ProfilerConfig)\..*",
        of=("v2",),
    ),
    Difference(
        "Metrics",
        "v3's trainer takes none at its creation; ours come with the workload",
        r"AlgorithmSpecification\.MetricDefinitions\[.*",
        of=("v3",),
    ),
    Difference(
        "Early stopping",
        "automatic unless the workload says otherwise, because it saves money; the SDK's default is off",
        r"HyperParameterTuningJobConfig\.TrainingJobEarlyStoppingType",
    ),
    Difference(
        "Where a tuning job's instances are named",
        "`ResourceConfig`, as in training; v2 writes the later `HyperParameterTuningResourceConfig`",
        r"TrainingJobDefinition\.(HyperParameterTuning)?ResourceConfig\..*",
    ),
    Difference(
        "The SDK's own notes",
        "which class of the SDK made the job",
        r".*\.sagemaker_estimator_(class_name|module)",
        of=("v2",),
    ),
    Difference(
        "Defaults of the API",
        "written out by one side and left out by the other; they mean the same",
        r".*\.(InputMode|CompressionType|S3CompressionType|AppManaged)|EnableManagedSpotTraining",
    ),
)


def unexplained(paths: list[str], version: str) -> list[str]:
    """The paths that no row is for."""
    rows = [row for row in DIFFERENCES if version in row.of]
    return [path for path in paths if not any(re.fullmatch(row.path, path) for row in rows)]


def idle(paths: list[str], version: str) -> list[str]:
    """The rows that no path needs."""
    rows = [row for row in DIFFERENCES if version in row.of]
    return [row.what for row in rows if not any(re.fullmatch(row.path, path) for path in paths)]


def document() -> str:
    """The whole of `docs/sdk.md`."""
    lines = [f"| {row.what} | {row.why} | {', '.join(row.of)} |" for row in DIFFERENCES]
    files = {"v2": EXAMPLES / "v2.py", "v3": EXAMPLES / "v3.py", "config": CONFIG}
    head = HEAD.format(**{name: path.read_text("utf-8").strip() for name, path in files.items()})
    return "\n".join([*head.strip().splitlines(), *lines, ""])


HEAD = """
# The SageMaker Python SDK

Made by `python -m tests.sdk.differences`. The SDK, unmodified, trains, tunes, processes, deploys, predicts and
transforms on the local AWS, version 2 (Estimator) as well as version 3 (ModelTrainer), with the variables that
`launchpad local` prints. On AWS the same program runs with your credentials: only the environment's name changes.

`make test-sdk` runs the examples of this page on a deployed platform whose IAM is enforced. Next to each is a folder
`src` with train.py and inference.py; the rows are in the data bucket, below `sdk/training/`.

- **Buckets and roles** are the platform's, read from the outputs of its stacks. Your own credentials need to write to
  the data bucket and below `sdk/` of the model bucket, and to pass the two roles to SageMaker.
- **The default bucket**: a program that names none gets `sagemaker-REGION-ACCOUNT` on the local AWS too, because
  `launchpad local` prints `SAGEMAKER_USER_CONFIG_OVERRIDE`, the path of a config file with `Session.DefaultS3Bucket`.
  It takes the place of your own `~/.config/sagemaker/config.yaml`. Without it the SDK asks STS for the account, at an
  address of AWS that is written into it. So does, with the file too, `get_execution_role()` outside of a notebook
  instance or Studio: name the role instead.
- **Names** begin with the environment, as all others of the platform do, so that its permissions and bills cover them.
- What the SDK creates has none of the platform's tags, no quality gate, no pin and no history, and `launchpad destroy`
  leaves it alone. For a model that stays, write a workload.

## Before the first call: no telemetry

Both versions report each call to a bucket of AWS, also when everything else is on this machine:
`https://sm-pysdk-t-REGION.s3.REGION.amazonaws.com/telemetry`. The file that `launchpad local` names switches it off.
On AWS, write this one to `~/.config/sagemaker/config.yaml`, or name another in `SAGEMAKER_USER_CONFIG_OVERRIDE`:

```yaml
{config}
```

## Version 2

```python
{v2}
```

## Version 3

```python
{v3}
```

Version 3 checks a role before it uses it, and refuses the platform's: `RoleValidationError: ... Missing permissions:
cloudwatch:PutMetricData, ec2:CreateNetworkInterface, ...`. The role has them. The SDK asks IAM's simulator without
naming a resource, which means every resource, and the platform's roles are limited to their own subnets, namespaces
and log groups. `SAGEMAKER_VALIDATE_ROLE=false` skips this check; SageMaker itself still refuses a role that lacks
something. Don't widen the role, and don't have the SDK create one (`IamRoleResolver`): its permissions are not those of
the platform.

## What differs from the platform's requests

For the same jobs our requests are the SDK's but for these differences. `make test-sdk` runs both and compares them
member by member: a difference that is not in this table fails it, and so does a row that nothing needs.

| What differs | Why | SDK |
|---|---|---|
"""


if __name__ == "__main__":
    DOCUMENT.write_text(document(), "utf-8")
