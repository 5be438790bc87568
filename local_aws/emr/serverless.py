"""EMR Serverless: applications, and job runs that really run. `SparkProgram` is what EMR's steps run on, too."""

from __future__ import annotations

import json
import logging
import secrets
import shlex
import string
import threading
import time
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from local_aws.api.errors import AwsError, not_implemented
from local_aws.api.service import Operation, Scope
from local_aws.emr.spark import SparkCommand, SparkProgram
from local_aws.storage import Location

if TYPE_CHECKING:
    from local_aws.backend import Backend

log = logging.getLogger("local_aws.emr")

Request = dict[str, Any]
ENDED = ("SUCCESS", "FAILED", "CANCELLED")
STARTABLE = ("CREATED", "STOPPED")
DEFAULT_MINUTES = 720


class EmrServerless:
    """The operations. Applications have no workers here: they only have states."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._applications: dict[tuple[Scope, str], Request] = {}
        self._runs: dict[tuple[Scope, str, str], JobRun] = {}

    def operations(self) -> dict[str, Operation]:
        """By AWS's names."""
        return {
            "CreateApplication": self.create,
            "GetApplication": lambda scope, request: {"application": self._application(scope, request)},
            "ListApplications": self.list_applications,
            "UpdateApplication": self.update,
            "StartApplication": lambda scope, request: self._application(scope, request).update(state="STARTED"),
            "StopApplication": lambda scope, request: self._application(scope, request).update(state="STOPPED"),
            "DeleteApplication": self.delete,
            "StartJobRun": self.start,
            "GetJobRun": lambda scope, request: {"jobRun": self._run(scope, request).details},
            "ListJobRuns": self.list_runs,
            "CancelJobRun": self.cancel,
        }

    def create(self, scope: Scope, request: Request) -> Request:
        """CreateApplication."""
        if request["type"].upper() != "SPARK":
            raise not_implemented(f"EMR Serverless applications of type {request['type']}: set type to SPARK")
        identifier, now = _identifier(), time.time()
        members = {name: value for name, value in request.items() if name != "clientToken"}
        automatic = {"autoStartConfiguration": {"enabled": True}, "architecture": "X86_64", "tags": {}}
        application = {
            **automatic,
            **members,
            "applicationId": identifier,
            "arn": scope.arn("emr-serverless", f"/applications/{identifier}"),
            "state": "CREATED",
            "createdAt": now,
            "updatedAt": now,
        }
        self._applications[scope, identifier] = application
        return {name: application[name] for name in ("applicationId", "name", "arn") if name in application}

    def list_applications(self, scope: Scope, request: Request) -> Request:
        """ListApplications."""
        states = request.get("states")
        mine = [kept for (owner, _), kept in self._applications.items() if owner == scope]
        shown = [{**kept, "id": kept["applicationId"]} for kept in mine if not states or kept["state"] in states]
        return {"applications": shown}

    def update(self, scope: Scope, request: Request) -> Request:
        """UpdateApplication: of one that does not run."""
        application = self._application(scope, request)
        if application["state"] not in STARTABLE:
            raise AwsError("ValidationException", f"Application is {application['state']}: stop it first.")
        application.update({name: value for name, value in request.items() if name != "clientToken"})
        application["updatedAt"] = time.time()
        return {"application": application}

    def delete(self, scope: Scope, request: Request) -> None:
        """DeleteApplication: of one that does not run."""
        application = self._application(scope, request)
        if application["state"] not in STARTABLE:
            raise AwsError("ValidationException", f"Application is {application['state']}: stop it first.")
        del self._applications[scope, request["applicationId"]]

    def start(self, scope: Scope, request: Request) -> Request:
        """StartJobRun: one token, one run."""
        application = self._application(scope, request)
        if application["state"] in STARTABLE:
            if not application["autoStartConfiguration"].get("enabled", True):
                raise AwsError("ValidationException", f"Application {request['applicationId']} is not started.")
            application["state"] = "STARTED"
        for (owner, _, _), run in self._runs.items():
            if owner == scope and run.token == (request["applicationId"], request["clientToken"]):
                return run.key
        run = JobRun(self._backend, scope, application, request)
        self._runs[scope, request["applicationId"], run.details["jobRunId"]] = run
        run.start()
        return run.key

    def list_runs(self, scope: Scope, request: Request) -> Request:
        """ListJobRuns: newest first."""
        self._application(scope, request)
        states = request.get("states")
        mine = [
            run for (owner, name, _), run in self._runs.items() if (owner, name) == (scope, request["applicationId"])
        ]
        return {"jobRuns": [run.summary() for run in reversed(mine) if not states or run.details["state"] in states]}

    def cancel(self, scope: Scope, request: Request) -> Request:
        """CancelJobRun."""
        run = self._run(scope, request)
        run.cancel()
        return {name: run.details[name] for name in ("applicationId", "jobRunId")}

    def _application(self, scope: Scope, request: Request) -> Request:
        found = self._applications.get((scope, request["applicationId"]))
        if found is None:
            raise AwsError("ResourceNotFoundException", f"Application {request['applicationId']} does not exist", 404)
        return found

    def _run(self, scope: Scope, request: Request) -> JobRun:
        found = self._runs.get((scope, request["applicationId"], request["jobRunId"]))
        if found is None:
            raise AwsError("ResourceNotFoundException", f"Job run {request['jobRunId']} does not exist", 404)
        return found


class JobRun:
    """One job run, in a thread of its own. `details` is what GetJobRun answers."""

    def __init__(self, backend: Backend, scope: Scope, application: Request, request: Request) -> None:
        self._backend, self._scope = backend, scope
        self._command = _command(request, application)
        self._timed_out = False
        identifier, now = _identifier(), time.time()
        self._program = SparkProgram(backend, scope, f"run-{identifier}")
        self.token = (request["applicationId"], request["clientToken"])
        kept = {name: value for name, value in request.items() if name not in ("clientToken", "executionRoleArn")}
        self.details: Request = {
            "executionTimeoutMinutes": DEFAULT_MINUTES,
            "tags": {},
            **kept,
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

    @property
    def key(self) -> Request:
        """What StartJobRun answers."""
        return {name: self.details[name] for name in ("applicationId", "jobRunId", "arn")}

    def summary(self) -> Request:
        """As ListJobRuns has it."""
        return {**self.details, "id": self.details["jobRunId"], "type": "SPARK"}

    def start(self) -> None:
        """Begin; returns at once."""
        threading.Thread(target=self._live, name=f"job run {self.details['jobRunId']}", daemon=True).start()

    def cancel(self) -> None:
        """End it; returns at once."""
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
        except Exception as error:  # the thread's last resort: the client must see why
            log.exception("job run %s", self.details["jobRunId"])
            reason = f"{type(error).__name__}: {error}"
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
        self._backend.emit_event(self._scope, {**entry, "Detail": json.dumps(detail)})

    def _upload_logs(self) -> None:
        monitoring = self.details.get("configurationOverrides", {}).get("monitoringConfiguration", {})
        uri = monitoring.get("s3MonitoringConfiguration", {}).get("logUri")
        if not uri:
            return
        path = f"applications/{self.details['applicationId']}/jobs/{self.details['jobRunId']}/SPARK_DRIVER"
        location = Location.parse(uri) / path
        try:
            s3 = self._backend.client("s3", self._scope, self.details["executionRole"])
            self._program.upload_logs(s3, location.bucket, location.key)
        except (ClientError, BotoCoreError) as error:
            log.warning("logs of job run %s: %s", self.details["jobRunId"], error)


def _command(request: Request, application: Request) -> SparkCommand:
    submit = request.get("jobDriver", {}).get("sparkSubmit")
    if submit is None:
        raise not_implemented("job drivers other than sparkSubmit")
    overrides = request.get("configurationOverrides", {}).get("applicationConfiguration", ())
    configuration: dict[str, str] = {}
    for item in (*application.get("runtimeConfiguration", ()), *overrides):
        if item["classification"] == "spark-defaults":
            configuration |= item.get("properties", {})
    options = shlex.split(submit.get("sparkSubmitParameters", ""))
    return SparkCommand(
        ["spark-submit", *options, submit["entryPoint"], *submit.get("entryPointArguments", ())], configuration
    )


def _identifier() -> str:
    return "00" + "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(14))
