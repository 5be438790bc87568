"""One job run of EMR Serverless, in a separate thread, from SUBMITTED to its end."""

from __future__ import annotations

import json
import logging
import shlex
import threading
import time
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local_aws.api.errors import not_implemented
from local_aws.api.service import Scope
from local_aws.context import Context
from local_aws.emr.configurations import check_configurations, spark_configuration
from local_aws.emr.errors import new_serverless_id
from local_aws.emr.spark import SparkCommand, SparkProgram
from local_aws.files.reasons import INTERRUPTED, words_of
from local_aws.files.storage import Location
from local_aws.protocols import VpcNetwork

log = logging.getLogger("local_aws.emr")

Request = dict[str, Any]
ENDED = ("SUCCESS", "FAILED", "CANCELLED")
DEFAULT_MINUTES = 720


class JobRun:
    """One job run, in a separate thread. `details` is GetJobRun's response."""

    def __init__(self, context: Context, scope: Scope, application: Request, request: Request) -> None:
        self._context, self._scope = context, scope
        self._command = _command(request, application)
        self._timed_out = False
        self._log_uri = _log_uri(request, application)
        identifier, now = new_serverless_id(), time.time()
        self._program = SparkProgram(context, scope, f"run-{identifier}", network_of(application))
        self.token = (request["applicationId"], request["clientToken"])
        members = {name: value for name, value in request.items() if name not in ("clientToken", "executionRoleArn")}
        self.details: Request = {
            "executionTimeoutMinutes": DEFAULT_MINUTES,
            "tags": {},
            **members,
            "jobRunId": identifier,
            "arn": f"{application['arn']}/jobruns/{identifier}",
            "createdBy": f"arn:aws:iam::{scope.account}:root",
            "createdAt": now,
            "updatedAt": now,
            "executionRole": request["executionRoleArn"],
            "releaseLabel": application["releaseLabel"],
            "state": "SUBMITTED",
            "stateDetails": "",
            "attempt": 1,
        }

    @classmethod
    def restored(cls, context: Context, scope: Scope, details: Request) -> JobRun:
        """A run of the last server: one that was in progress has failed, because its program ended with the server."""
        run = cls.__new__(cls)
        run._context, run._scope, run._timed_out = context, scope, False
        run.details = dict(details)
        run.token = (details["applicationId"], run.details.pop("clientToken"))
        run._program = SparkProgram(context, scope, f"run-{details['jobRunId']}")
        if details["state"] not in ENDED:
            run._enter("FAILED", stateDetails=INTERRUPTED, endedAt=time.time())
        return run

    @property
    def key(self) -> Request:
        """StartJobRun's response."""
        return {name: self.details[name] for name in ("applicationId", "jobRunId", "arn")}

    def summary(self) -> Request:
        """The run as in ListJobRuns."""
        return {**self.details, "id": self.details["jobRunId"], "type": "SPARK"}

    def start(self) -> None:
        """Start the run; returns at once."""
        threading.Thread(target=self._live, name=f"job run {self.details['jobRunId']}", daemon=True).start()

    def cancel(self) -> None:
        """End the run; returns at once."""
        if self.details["state"] not in ENDED:
            self._enter("CANCELLING")
            self._program.cancel()

    def _live(self) -> None:
        self._enter("RUNNING", startedAt=time.time())
        timer = threading.Timer(self.details["executionTimeoutMinutes"] * 60, self._time_out)
        timer.daemon = True
        timer.start()
        try:
            code = self._program.run(self._command, self.details["executionRole"])
            reason = "" if code == 0 else self._program.last_words() or f"exit code {code}"
        except Exception as error:  # the thread's last resort: the client must see the reason
            log.exception("job run %s", self.details["jobRunId"])
            reason = f"{type(error).__name__}: {words_of(error)}"
        timer.cancel()
        self._upload_logs()
        self._program.remove()
        self._end(reason)

    def _end(self, reason: str) -> None:
        now = time.time()
        seconds = round(now - self.details["startedAt"])
        ended = {"endedAt": now, "totalExecutionDurationSeconds": seconds}
        if self._timed_out:
            self._enter("FAILED", stateDetails="The job run exceeded its execution timeout.", **ended)
        elif self._program.cancelled:
            self._enter("CANCELLED", **ended)
        elif reason:
            self._enter("FAILED", stateDetails=f"Job failed, please check complete logs. {reason}"[:1024], **ended)
        else:
            self._enter("SUCCESS", **ended)

    def _time_out(self) -> None:
        self._timed_out = True
        self._program.cancel()

    def _enter(self, state: str, **members: Any) -> None:
        if state == "RUNNING" and self._program.cancelled:
            members, state = {"startedAt": time.time()}, "CANCELLING"
        self.details = {**self.details, **members, "state": state, "updatedAt": time.time()}
        detail = {"jobRunId": self.details["jobRunId"], "applicationId": self.details["applicationId"], "state": state}
        entry = {"Source": "aws.emr-serverless", "DetailType": "EMR Serverless Job Run State Change", "Resources": []}
        self._context.emulator.put_event(self._scope, {**entry, "Detail": json.dumps(detail)})

    def _upload_logs(self) -> None:
        if not self._log_uri:
            return
        path = f"applications/{self.details['applicationId']}/jobs/{self.details['jobRunId']}/SPARK_DRIVER"
        location = Location.parse(self._log_uri) / path
        try:
            s3 = self._context.client("s3", self._scope, self.details["executionRole"])
            self._program.upload_logs(s3, location.bucket, location.key)
        except (ClientError, BotoCoreError) as error:
            log.warning("logs of job run %s: %s", self.details["jobRunId"], error)


def network_of(application: Request) -> VpcNetwork | None:
    """The application's network. None for EMR Serverless's own, and without groups (on AWS: the VPC's default one)."""
    network = application.get("networkConfiguration") or {}
    subnets, groups = network.get("subnetIds"), network.get("securityGroupIds")
    return VpcNetwork(tuple(subnets), tuple(groups)) if subnets and groups else None


def _log_uri(request: Request, application: Request) -> str:
    """Where the logs go: the run's own configuration comes before that of the application; empty without either.

    Source: EMR Serverless user guide, "Default application configuration".
    """
    default = application.get("monitoringConfiguration") or {}
    own = request.get("configurationOverrides", {}).get("monitoringConfiguration") or {}
    return str({**default, **own}.get("s3MonitoringConfiguration", {}).get("logUri") or "")


def _command(request: Request, application: Request) -> SparkCommand:
    driver = request.get("jobDriver", {})
    submit = driver.get("sparkSubmit")
    if submit is None or "hive" in driver:
        raise not_implemented("job drivers other than sparkSubmit")
    overrides = request.get("configurationOverrides", {}).get("applicationConfiguration", ())
    items = (*application.get("runtimeConfiguration", ()), *overrides)
    check_configurations(items)
    options = shlex.split(submit.get("sparkSubmitParameters", ""))
    return SparkCommand(
        ["spark-submit", *options, submit["entryPoint"], *submit.get("entryPointArguments", ())],
        spark_configuration(items),
    )
