"""The demo's steps, which call the same functions as the commands."""

from __future__ import annotations

import json
import os
import platform as machine
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from launchpad import paths
from launchpad.cli.commands.predict import read_predictions
from launchpad.cli.deploying import CdkRun
from launchpad.cli.following import follow_endpoint, follow_job
from launchpad.cli.judging import compare
from launchpad.cli.log_folding import Folding
from launchpad.cli.options import new_token
from launchpad.cli.preparing import prepare
from launchpad.cli.programs import cdk
from launchpad.cli.programs.local_aws import LocalAws
from launchpad.cli.progress import LiveLine, Quiet
from launchpad.cli.terminal import plural
from launchpad.cloud_assembly import read_stacks
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client import endpoints, training_jobs
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.invocations import Question, predict
from launchpad.platform_client.logs import training_log
from launchpad.platform_client.platform import Platform, find_platform, resources, stacks
from launchpad.platform_client.teardown import tear_down
from launchpad.platform_client.test_set import read_test_set
from launchpad.report.result import DemoResult, Phase, Resource, Stack, r_squared

if TYPE_CHECKING:
    from launchpad.settings import EnvironmentSettings
    from launchpad.workload import Workload

TITLES = {
    "start": "Start the local AWS",
    "deploy": "Deploy the platform with the CDK CLI",
    "data": "Prepare and upload the data",
    "train": "Train: invoke the launch function",
    "endpoint": "Serve: invoke the deploy function",
    "predict": "Ask the endpoint",
    "report": "Write the report",
    "destroy": "Destroy the stacks, stop the local AWS",
}
SHOWN_ROWS = 8


@dataclass
class Demo:
    """The state of a running demo: what a step leaves for the next ones."""

    settings: EnvironmentSettings
    workload: Workload
    result: DemoResult
    scratch: Path
    cdk_log: Path
    server: LocalAws | None = None
    synth: cdk.Synth | None = None
    connection: Connection | None = None
    job: str = ""
    endpoint: str = ""

    @property
    def _assembly(self) -> Path:
        return self.scratch / "cdk.out"

    def start(self, line: LiveLine) -> str:
        """Start the local AWS and, in parallel, the synth, because it is the slowest of the next steps."""
        line.detail = "on a free port"
        account = Connection(self.settings).account
        self.server = LocalAws.start(self.scratch, self.settings.region, account)
        variables = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        # Without MLflow, which takes seconds to start, and minutes the first time.
        self.synth = cdk.start_synth(
            self.settings.name, self._assembly, {**variables, **cdk.NO_VALIDATION}, tracking="false"
        )
        self.connection = Connection(self.settings, self.server.address())
        return self._aws.local.endpoint_url if self._aws.local else ""

    def deploy(self, line: LiveLine) -> str:
        """Bootstrap while the app is still being synthesized, then deploy all stacks."""
        assert self.synth  # noqa: S101 -- the first step set it
        run = self._cdk(line)
        line.detail = "bootstrapping, and synthesizing at the same time"
        run.bootstrap_if_missing(str(run.connection.account))
        line.detail = "synthesizing"
        cdk.finish_synth(self.synth)
        line.detail = "deploying"
        replace(run, is_first=True).deploy()
        return plural(len(read_stacks(self._assembly)), "stack")

    def prepare_data(self, line: LiveLine) -> str:
        """Run the workload's data.py and upload what it wrote."""
        return str(prepare(self._aws, self._platform, self.workload, line)).partition(" in ")[0]

    def train(self, line: LiveLine) -> str:
        """Launch the training job and follow it to its end."""
        self.job = training_jobs.launch(self._aws, self._platform, self.workload.name, new_token(), {})
        job = follow_job(self._aws, self.job, line)
        self.result.job = job
        self.result.metrics = training_jobs.metrics(job)
        self.result.job_phases = self._job_phases()
        lines = training_log(self._aws.client("logs"), self.job).read()
        folding = Folding()
        self.result.log = [entry.text for entry in lines if not folding.hides(entry.text)]
        return "  ".join(f"{name} {value:.4g}" for name, value in self.result.metrics.items())

    def serve(self, line: LiveLine) -> str:
        """Deploy the trained model and wait until the endpoint responds."""
        deployment = endpoints.deploy(self._aws, self._platform, self.workload.name, self.job)
        self.endpoint = deployment["endpoint_name"]
        self.result.endpoint = follow_endpoint(self._aws, deployment, line)
        kinds = (("Model", "model_name"), ("EndpointConfig", "endpoint_config_name"), ("Endpoint", "endpoint_name"))
        self.result.launched = [
            ("AWS::SageMaker::TrainingJob", self.job),
            *((f"AWS::SageMaker::{kind}", deployment[key]) for kind, key in kinds),
        ]
        return f"{self.endpoint} is {self.result.endpoint['EndpointStatus']}"

    def predict(self, line: LiveLine) -> str:
        """Send the test set as CSV and compare the predictions with the true values.

        Raises:
            LaunchpadError: the predictions miss the workload's quality gate.
        """
        tests = read_test_set(self._aws, self.job)
        if tests is None:
            raise LaunchpadError(f"training job {self.job} kept no test set")
        question = Question(tests.body(), "text/csv", "application/json")
        prediction = predict(self._aws, self.endpoint, question)
        predictions = read_predictions(prediction.body, len(tests.rows))
        comparison = compare(tests, predictions, SHOWN_ROWS)
        line.console.print(comparison.table, soft_wrap=False)
        self.result.target = tests.target
        if not comparison.are_numbers:
            self.result.judged = comparison.summary
            return f"{plural(len(predictions), 'row')}, {comparison.summary.partition(':')[0]}"
        self.result.predictions = [float(value) for value in predictions]
        self.result.actuals = [float(value) for value in tests.truths]
        r2 = r_squared(self.result.actuals, self.result.predictions)
        self._check(r2)
        return f"{plural(len(predictions), 'row')}, R2 {r2:.2f}"

    def list_resources(self) -> None:
        """Ask CloudFormation for the stacks' resources."""
        self.result.stacks = [
            Stack(stack["StackName"], stack["StackStatus"], tuple(self._resources(stack["StackName"])))
            for stack in stacks(self._aws)
        ]
        self.result.versions = _versions()

    def destroy(self, line: LiveLine) -> str:
        """Remove what the functions created, then the stacks, then stop the server."""
        assert self.server  # noqa: S101 -- the first step set it
        tear_down(self._aws, Quiet(line), retains=False)
        line.detail = "stopping the local AWS"
        self.server.stop()
        return "nothing is left"

    @property
    def _aws(self) -> Connection:
        assert self.connection  # noqa: S101 -- the first step set it
        return self.connection

    @property
    def _platform(self) -> Platform:
        return find_platform(self._aws)

    def _cdk(self, line: LiveLine) -> CdkRun:
        return CdkRun(self._aws, self._assembly, self.cdk_log, line)

    def _check(self, r2: float) -> None:
        gate = self.workload.quality_gate
        if gate and gate.metric == "r2" and gate.at_least is not None:
            self.result.gate = f"R² of at least {gate.at_least:g}"
            if r2 < gate.at_least:
                raise LaunchpadError(
                    f"the endpoint's predictions have R2 {r2:.3f}, it must be {gate.at_least:g} or more"
                )

    def _job_phases(self) -> list[Phase]:
        start = self.result.start
        return [
            Phase(item["Status"], item["Status"], (item["StartTime"] - start).total_seconds(), seconds)
            for item in self.result.job["SecondaryStatusTransitions"]
            if (seconds := (item["EndTime"] - item["StartTime"]).total_seconds()) > 0
        ]

    def _resources(self, stack: str) -> list[Resource]:
        return [
            Resource(
                item["ResourceType"],
                item["LogicalResourceId"],
                item.get("PhysicalResourceId", ""),
                item["ResourceStatus"],
            )
            for item in resources(self._aws, stack)
        ]


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    package = json.loads((paths.ROOT / "node_modules" / "aws-cdk" / "package.json").read_text("utf-8"))
    return {
        "Launchpad": version("sagemaker-launchpad"),
        "CDK CLI": package["version"],
        "CDK library": version("aws-cdk-lib"),
        "boto3": version("boto3"),
        "Python": machine.python_version(),
    }
