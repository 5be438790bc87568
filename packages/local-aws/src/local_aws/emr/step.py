"""One step of a cluster: DescribeStep's response, the command of its jar and arguments, and its run."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from local_aws.api.service import Scope
from local_aws.context import Context
from local_aws.emr.configurations import SparkConfiguration, spark_configuration
from local_aws.emr.errors import new_id
from local_aws.emr.spark import FOLDER, SparkCommand, SparkProgram
from local_aws.files.reasons import INTERRUPTED, words_of
from local_aws.files.storage import Location

if TYPE_CHECKING:
    from local_aws.emr.cluster import Cluster

log = logging.getLogger("local_aws.emr")

ENDED = ("COMPLETED", "CANCELLED", "FAILED", "INTERRUPTED")
COMMAND_RUNNER, SCRIPT_RUNNER = "command-runner.jar", "script-runner.jar"


class StepError(Exception):
    """The step can't run; the message is its failure's reason."""


class Step:
    """One step. `details` is DescribeStep's response, ``role_arn`` the step's runtime role, if any."""

    def __init__(
        self, context: Context, scope: Scope, cluster: Cluster, config: dict[str, Any], role_arn: str | None = None
    ) -> None:
        self.id = new_id("s")
        self._context, self._scope, self._cluster = context, scope, cluster
        self._program = SparkProgram(context, scope, self.id, cluster.vpc)
        self.cancelled = False
        jar = config["HadoopJarStep"]
        properties = {item.get("Key", ""): item.get("Value", "") for item in jar.get("Properties", ())}
        self.details: dict[str, Any] = {
            "Id": self.id,
            "Name": config["Name"],
            "Config": {
                **{name: jar[name] for name in ("Jar", "MainClass") if name in jar},
                "Args": jar.get("Args", []),
                "Properties": properties,
            },
            "ActionOnFailure": config.get("ActionOnFailure", "CONTINUE"),
            **({"ExecutionRoleArn": role_arn} if role_arn else {}),
            "Status": {"State": "PENDING", "StateChangeReason": {}, "Timeline": {"CreationDateTime": time.time()}},
        }

    @classmethod
    def restored(cls, context: Context, scope: Scope, cluster: Cluster, details: dict[str, Any]) -> Step:
        """A step of the last run. One that was running has failed: its program has ended with the server."""
        jar = details["Config"]
        properties = [{"Key": key, "Value": value} for key, value in jar["Properties"].items()]
        config = {"Name": details["Name"], "HadoopJarStep": {**jar, "Properties": properties}}
        step = cls(context, scope, cluster, config)
        step.id, step.details = details["Id"], details
        step._program = SparkProgram(context, scope, step.id, cluster.vpc)
        if step.state == "CANCEL_PENDING":
            step.enter("CANCELLED")
        elif step.state == "RUNNING":
            step.enter("FAILED", FailureDetails={"Reason": "Unknown Error.", "Message": INTERRUPTED})
        return step

    @property
    def state(self) -> str:
        """The state: PENDING, RUNNING, COMPLETED and so on."""
        return str(self.details["Status"]["State"])

    def enter(self, state: str, **members: Any) -> None:
        """Enter a state, and notify EventBridge."""
        now = time.time()
        moments = {"StartDateTime": now} if state == "RUNNING" else {"EndDateTime": now} if state in ENDED else {}
        status = self.details["Status"]
        timeline = {**status["Timeline"], **moments}
        self.details["Status"] = {**status, "State": state, "Timeline": timeline, **members}
        self._tell()

    def cancel(self) -> None:
        """End the step, or prevent its start; returns at once."""
        self.cancelled = True
        if self.state == "PENDING":
            self.enter("CANCELLED")
        elif self.state == "RUNNING":
            self.enter("CANCEL_PENDING")
            self._program.cancel()

    def run(self) -> None:
        """Run the step to its end, in its thread, and never raise: an error goes into FailureDetails."""
        try:
            role = self._role()
            code = self._program.run(self._command(role), role)
            reason = None if code == 0 else self._program.last_words() or f"exit code {code}"
        except StepError as error:
            reason = str(error)
        except Exception as error:  # the thread's last resort: the client must see the reason
            log.exception("step %s", self.id)
            reason = f"{type(error).__name__}: {words_of(error)}"
        log_file = self._upload_logs()
        self._program.remove()
        if self.cancelled:
            self.enter("CANCELLED")
        elif reason is None:
            self.enter("COMPLETED")
        else:
            details = {"Reason": "Unknown Error.", "Message": reason[:1024], **log_file}
            self.enter("FAILED", FailureDetails=details)

    def _role(self) -> str | None:
        """The step's role, which the nodes' role must be allowed to assume; without one, the nodes' role."""
        nodes = self._cluster.nodes_role
        own = self.details.get("ExecutionRoleArn")
        if own is None:
            return nodes
        vpc = self._cluster.vpc
        if vpc and (missing := self._context.emulator.networks.missing(self._scope, vpc, "sts")):
            raise StepError(f"The cluster's nodes can't take on the step's role {own}: STS is out of reach: {missing}")
        try:
            self._context.client("sts", self._scope, nodes).assume_role(RoleArn=own, RoleSessionName=self.id)
        except ClientError as error:
            raise StepError(f"The cluster's nodes can't take on the step's role {own}: {error}") from error
        return str(own)

    def _command(self, role: str | None) -> SparkCommand:
        config = self.details["Config"]
        jar, arguments = config["Jar"].rpartition("/")[2], list(config["Args"])
        if not arguments or jar not in (COMMAND_RUNNER, SCRIPT_RUNNER):
            raise StepError(
                f"The local AWS runs {COMMAND_RUNNER} and {SCRIPT_RUNNER} with arguments, not {config['Jar']} with "
                f"{len(arguments)} of them: write Jar: {COMMAND_RUNNER}, Args: [spark-submit, s3://bucket/script.py]."
            )
        files = {}
        if jar == SCRIPT_RUNNER:
            files["script"] = self._script(arguments[0], role)
            arguments = ["bash", f"{FOLDER}/script", *arguments[1:]]
        return SparkCommand(arguments, self._configuration(), files)

    def _script(self, uri: str, role: str | None) -> bytes:
        location = Location.parse(uri)
        try:
            s3 = self._context.client("s3", self._scope, role, self._cluster.vpc)
            return bytes(s3.get_object(Bucket=location.bucket, Key=location.key)["Body"].read())
        except (ClientError, BotoCoreError) as error:
            raise StepError(f"The script {uri} can't be read: {error}") from error

    def _configuration(self) -> SparkConfiguration:
        """The configuration of the cluster, and over it that of its primary group."""
        primary = [group for group in self._cluster.groups if group["InstanceGroupType"] == "MASTER"]
        holders = (self._cluster.details, *primary)
        return spark_configuration(item for holder in holders for item in holder.get("Configurations", ()))

    def _upload_logs(self) -> dict[str, str]:
        """Upload the logs to the cluster's LogUri, if it has one; returns the location of stderr."""
        uri = self._cluster.details.get("LogUri")
        if not uri:
            return {}
        location = Location.parse(uri.replace("s3n://", "s3://", 1)) / f"{self._cluster.id}/steps/{self.id}"
        s3 = self._context.client("s3", self._scope, self._cluster.nodes_role, self._cluster.vpc)
        try:
            self._program.upload_logs(s3, location.bucket, location.key)
        except (ClientError, BotoCoreError) as error:
            log.warning("logs of step %s: %s", self.id, error)
        return {"LogFile": f"{location}/stderr.gz"}

    def _tell(self) -> None:
        self._cluster.tell(
            "EMR Step Status Change",
            self.state,
            {"stepId": self.id, "name": self.details["Name"], "actionOnFailure": self.details["ActionOnFailure"]},
        )
