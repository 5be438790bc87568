"""What a server may be in the middle of. Each function returns once it is, and leaves the work under way."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from tests.chaos.drills import Drill
from tests.local_aws.launcher import create_function
from tests.local_aws.plain_endpoints import PlainEndpoints, server
from tests.local_aws.plain_jobs import PlainJobs
from tests.local_aws.plain_processing import ProcessingJobs
from tests.local_aws.plain_transforms import Transforms
from tests.local_aws.plain_tuning import Tuning

BUCKET = "chaos"
DAEMON = """
    import subprocess, time
    subprocess.Popen(["sleep", "600"], start_new_session=True)
    print("on", flush=True)
    time.sleep(600)
"""
LARGE_MODEL = """
    import os
    with open("model/weights", "wb") as file:
        for _ in range(100):
            file.write(os.urandom(4 * 1024 * 1024))
"""
NEVER_READY = server("time.sleep(600)")
STUBBORN = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
def handler(event, context):
    return "on"
"""


def _jobs(drill: Drill) -> PlainJobs:
    drill.aws.client("s3").create_bucket(Bucket=BUCKET)
    return PlainJobs(drill.aws, BUCKET)


def _endpoints(drill: Drill) -> PlainEndpoints:
    drill.aws.client("s3").create_bucket(Bucket=BUCKET)
    return PlainEndpoints(drill.aws, BUCKET)


def idle(_drill: Drill) -> None:
    """Nothing to do."""


def stack(drill: Drill) -> None:
    """CloudFormation waits for an endpoint."""
    config = (endpoints := _endpoints(drill)).config(endpoints.variant(endpoints.model(NEVER_READY)))
    endpoint = {"Type": "AWS::SageMaker::Endpoint", "Properties": {"EndpointConfigName": config}}
    template = json.dumps({"Resources": {"Endpoint": endpoint}})
    drill.aws.client("cloudformation").create_stack(StackName="chaos", TemplateBody=template)


def put(drill: Drill) -> None:
    """A client has sent half of an object."""
    s3 = drill.aws.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    url = urlsplit(s3.generate_presigned_url("put_object", Params={"Bucket": BUCKET, "Key": "half"}))
    connection = socket.create_connection(("127.0.0.1", drill.aws.port))
    head = f"PUT {url.path}?{url.query} HTTP/1.1\r\nHost: {url.netloc}\r\nContent-Length: 2000000\r\n\r\n"
    connection.sendall(head.encode() + b"x" * 1_000_000)
    drill.connection = connection  # type: ignore[attr-defined]  # kept open


def job_starting(drill: Drill) -> None:
    """A job has been asked for just now."""
    _jobs(drill).start(DAEMON)


def jobs_running(drill: Drill) -> None:
    """Two jobs, each with a child in a separate session, and a Lambda worker that ignores SIGTERM."""
    create_function(drill.aws, "stubborn", STUBBORN)
    drill.aws.client("lambda").invoke(FunctionName="stubborn", Payload=b"{}")
    jobs = _jobs(drill)
    for name in [jobs.start(DAEMON), jobs.start(DAEMON)]:
        jobs.wait(name, "Training", seconds=60)


def uploading(drill: Drill) -> None:
    """A job sends a model of 400 MB."""
    jobs = _jobs(drill)
    name = jobs.start(LARGE_MODEL, StoppingCondition={"MaxRuntimeInSeconds": 300})
    jobs.wait(name, "Uploading", seconds=120)


def endpoint_creating(drill: Drill) -> None:
    """A container never answers its ping."""
    endpoints = _endpoints(drill)
    endpoints.start(endpoints.config(endpoints.variant(endpoints.model(NEVER_READY))))


def endpoint_updating(drill: Drill) -> None:
    """An endpoint serves, and its successor never answers."""
    endpoints = _endpoints(drill)
    name = endpoints.serving()
    successor = endpoints.config(endpoints.variant(endpoints.model(NEVER_READY)))
    endpoints.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=successor)


def transform(drill: Drill) -> None:
    """A batch transform waits for its model."""
    transforms = Transforms(drill.aws, BUCKET, _endpoints(drill))
    transforms.put("in/rows.csv", "1\n2\n")
    transforms.start("Handler.predict = lambda self, body: time.sleep(600)")
    time.sleep(2)


def tuning(drill: Drill) -> None:
    """A tuning job has two training jobs under way."""
    Tuning(_jobs(drill)).start(DAEMON)
    time.sleep(2)


def processing(drill: Drill) -> None:
    """A processing job runs."""
    jobs = _jobs(drill)
    processing_jobs = ProcessingJobs(jobs.aws, BUCKET)
    processing_jobs.start(DAEMON)
    time.sleep(2)


MOMENTS: dict[str, Callable[[Drill], None]] = {
    moment.__name__: moment
    for moment in (
        idle,
        stack,
        put,
        job_starting,
        jobs_running,
        uploading,
        endpoint_creating,
        endpoint_updating,
        transform,
        tuning,
        processing,
    )
}
QUICK = ("idle", "jobs_running")
"""Part of `make test`; the others take minutes: pytest -m chaos."""
