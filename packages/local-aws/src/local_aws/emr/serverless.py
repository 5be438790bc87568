"""EMR Serverless: applications, and job runs that really run, in `SparkProgram` like EMR's steps."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

from local_aws.api.errors import AwsError, not_implemented
from local_aws.api.paging import offset
from local_aws.api.service import Operation, Scope
from local_aws.api.tables import Table
from local_aws.context import Context
from local_aws.emr.errors import new_serverless_id
from local_aws.emr.serverless_run import JobRun, network_of

Request = dict[str, Any]
STARTABLE = ("CREATED", "STOPPED")
PAGE, BATCH = 50, "BATCH"
"""Items of a page, the most that maxResults allows, because AWS documents no default; and the only mode of runs."""


class EmrServerless:
    """The operations. Applications have states but no workers here."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._applications: dict[tuple[Scope, str], Request] = {}
        self._runs: dict[tuple[Scope, str, str], JobRun] = {}

    def operations(self) -> dict[str, Operation]:
        """The operations, by AWS's names."""
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
        if vpc := network_of(request):
            self._context.emulator.networks.check(scope, vpc)
        identifier, now = new_serverless_id(), time.time()
        members = _kept(request)
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

    def tables(self) -> dict[str, Table]:
        """See `api.tables`."""
        runs = {key: {**run.details, "clientToken": run.token[1]} for key, run in self._runs.items()}
        return {"applications": self._applications, "runs": runs}

    def restore(self, tables: Mapping[str, Table]) -> None:
        """See `api.tables`."""
        self._applications.update(tables.get("applications", {}))
        for key, details in tables.get("runs", {}).items():
            self._runs[key] = JobRun.restored(self._context, key[0], details)

    def list_applications(self, scope: Scope, request: Request) -> Request:
        """ListApplications."""
        states = request.get("states")
        own_applications = [application for (owner, _), application in self._applications.items() if owner == scope]
        summaries = [
            {**application, "id": application["applicationId"]}
            for application in own_applications
            if not states or application["state"] in states
        ]
        return _page("applications", summaries, request)

    def update(self, scope: Scope, request: Request) -> Request:
        """UpdateApplication: only while the application is not started."""
        application = self._application(scope, request)
        if application["state"] not in STARTABLE:
            raise AwsError("ValidationException", f"Application is {application['state']}: stop it first.")
        application.update(_kept(request))
        application["updatedAt"] = time.time()
        return {"application": application}

    def delete(self, scope: Scope, request: Request) -> None:
        """DeleteApplication: only while the application is not started."""
        application = self._application(scope, request)
        if application["state"] not in STARTABLE:
            raise AwsError("ValidationException", f"Application is {application['state']}: stop it first.")
        del self._applications[scope, request["applicationId"]]

    def start(self, scope: Scope, request: Request) -> Request:
        """StartJobRun: repeated tokens return the same run."""
        if request.get("mode", BATCH) != BATCH:
            raise not_implemented("job runs of mode STREAMING: write the job as a batch")
        application = self._application(scope, request)
        if application["state"] in STARTABLE:
            if not application["autoStartConfiguration"].get("enabled", True):
                raise AwsError("ValidationException", f"Application {request['applicationId']} is not started.")
            application["state"] = "STARTED"
        for (owner, _, _), run in self._runs.items():
            if owner == scope and run.token == (request["applicationId"], request["clientToken"]):
                return run.key
        run = JobRun(self._context, scope, application, request)
        self._runs[scope, request["applicationId"], run.details["jobRunId"]] = run
        run.start()
        return run.key

    def list_runs(self, scope: Scope, request: Request) -> Request:
        """ListJobRuns: newest first."""
        self._application(scope, request)
        states = request.get("states")
        begin, end = request.get("createdAtAfter", 0), request.get("createdAtBefore", math.inf)
        own_runs = [
            run for (owner, name, _), run in self._runs.items() if (owner, name) == (scope, request["applicationId"])
        ]
        in_mode = own_runs if request.get("mode", BATCH) == BATCH else []
        matching = (run for run in reversed(in_mode) if not states or run.details["state"] in states)
        summaries = [run.summary() for run in matching if begin <= run.details["createdAt"] <= end]
        return _page("jobRuns", summaries, request)

    def cancel(self, scope: Scope, request: Request) -> Request:
        """CancelJobRun."""
        run = self._run(scope, request)
        run.cancel()
        return {name: run.details[name] for name in ("applicationId", "jobRunId")}

    def _application(self, scope: Scope, request: Request) -> Request:
        application = self._applications.get((scope, request["applicationId"]))
        if application is None:
            raise AwsError("ResourceNotFoundException", f"Application {request['applicationId']} does not exist", 404)
        return application

    def _run(self, scope: Scope, request: Request) -> JobRun:
        run = self._runs.get((scope, request["applicationId"], request["jobRunId"]))
        if run is None:
            raise AwsError("ResourceNotFoundException", f"Job run {request['jobRunId']} does not exist", 404)
        return run


def _page(member: str, summaries: list[Request], request: Request) -> Request:
    """One page of a list; the token is the number of those on earlier pages."""
    invalid = AwsError("ValidationException", "The nextToken is not valid: use one that this operation gave.")
    start = offset(request.get("nextToken"), invalid)
    end = start + int(request.get("maxResults", PAGE))
    response: Request = {member: summaries[start:end]}
    return {**response, "nextToken": str(end)} if end < len(summaries) else response


def _kept(request: Request) -> Request:
    """The members of a request that an application keeps: no token, and no image without a URI."""
    image = request.get("imageConfiguration", {}).get("imageUri")
    absent = {"clientToken"} if image else {"clientToken", "imageConfiguration"}
    return {name: value for name, value in request.items() if name not in absent}
