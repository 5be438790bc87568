"""Models and endpoints whose server is a few lines of Python, run by `plain_runtime`."""

from __future__ import annotations

import io
import tarfile
import textwrap
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.local_aws.launcher import LocalAws
from tests.local_aws.plain_jobs import IMAGE, ROLE

SERVER = """
    import http.server, json, os, sys, time

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def answer(self, status, body=b"", **headers):
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self):
            self.answer(200)

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            # In one write: requests come side by side, and their lines must not mix.
            sys.stdout.write(f"got {body.decode(errors='replace')[:80]}\\n")
            self.predict(body)

        def predict(self, body):
            self.answer(200, VERSION + body, Content_Type="text/plain")

    VERSION = b"1:"
    PREDICT
    http.server.ThreadingHTTPServer.request_queue_size = 100
    http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def server(predict: str = "") -> str:
    """The program; ``predict`` may change it, as in ``Handler.predict = lambda self, body: self.answer(415)``."""
    return textwrap.dedent(SERVER).replace("PREDICT", textwrap.dedent(predict))


@dataclass(frozen=True)
class PlainEndpoints:
    aws: LocalAws
    bucket: str
    role: str = ROLE

    @property
    def sagemaker(self) -> Any:
        return self.aws.client("sagemaker")

    def archive(self, program: str) -> str:
        """Upload a model.tar.gz that holds the program; returns its URI."""
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as tar:
            entry = tarfile.TarInfo("serve.py")
            entry.size = len(program.encode())
            tar.addfile(entry, io.BytesIO(program.encode()))
        key = f"{uuid.uuid4().hex}/model.tar.gz"
        self.aws.client("s3").put_object(Bucket=self.bucket, Key=key, Body=packed.getvalue())
        return f"s3://{self.bucket}/{key}"

    def model(self, program: str | None = None, **container: Any) -> str:
        name = f"model-{uuid.uuid4().hex[:12]}"
        uri = self.archive(server() if program is None else program)
        self.sagemaker.create_model(
            ModelName=name,
            ExecutionRoleArn=self.role,
            PrimaryContainer={"Image": IMAGE, "ModelDataUrl": uri, **container},
        )
        return name

    def variant(self, model: str, name: str = "AllTraffic", **members: Any) -> dict[str, Any]:
        instances = {"InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
        return {"VariantName": name, "ModelName": model, **instances, **members}

    def config(self, *variants: dict[str, Any], **members: Any) -> str:
        name = f"config-{uuid.uuid4().hex[:12]}"
        self.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=list(variants), **members)
        return name

    def start(self, config: str) -> str:
        name = f"endpoint-{uuid.uuid4().hex[:12]}"
        self.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)
        return name

    def serving(self, program: str | None = None) -> str:
        """An endpoint in service."""
        name = self.start(self.config(self.variant(self.model(program))))
        described = self.wait(name)
        assert described["EndpointStatus"] == "InService", described.get("FailureReason")
        return name

    def describe(self, name: str) -> dict[str, Any]:
        return dict(self.sagemaker.describe_endpoint(EndpointName=name))

    def wait(self, name: str, *states: str, seconds: float = 60) -> dict[str, Any]:
        """Wait for one of ``states`` (by default: until nothing is in progress)."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            endpoint = self.describe(name)
            if endpoint["EndpointStatus"] in (states or ("InService", "Failed")):
                return endpoint
            time.sleep(0.02)
        raise AssertionError(f"{name} is still {endpoint['EndpointStatus']}")

    def delete(self, name: str, seconds: float = 60) -> None:
        """Delete an endpoint, and wait for its end."""
        self.sagemaker.delete_endpoint(EndpointName=name)
        deadline = time.monotonic() + seconds
        while remaining := self.sagemaker.list_endpoints(NameContains=name)["Endpoints"]:
            assert time.monotonic() < deadline, f"{name} is still there: {remaining}, {self.describe(name)}"
            time.sleep(0.05)

    @contextmanager
    def load(self, name: str, clients: int = 4) -> Iterator[tuple[list[bytes], list[str]]]:
        """Call the endpoint all the time; yields the responses and the failures so far."""
        responses: list[bytes] = []
        failures: list[str] = []
        stopping = threading.Event()

        def call() -> None:
            while not stopping.is_set():
                try:
                    responses.append(self.predict(name, b""))
                except Exception as error:  # any error at all is a lost request
                    failures.append(repr(error))

        threads = [threading.Thread(target=call) for _ in range(clients)]
        for thread in threads:
            thread.start()
        try:
            yield responses, failures
        finally:
            stopping.set()
            for thread in threads:
                thread.join()

    def invoke(self, name: str, body: bytes = b"row", **members: Any) -> dict[str, Any]:
        runtime = self.aws.client("sagemaker-runtime")
        return dict(runtime.invoke_endpoint(EndpointName=name, Body=body, **members))

    def predict(self, name: str, body: bytes = b"row", **members: Any) -> bytes:
        return bytes(self.invoke(name, body, **members)["Body"].read())
