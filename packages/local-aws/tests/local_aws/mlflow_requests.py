"""Requests to the MLflow behind an App's ARN, as AWS's plugin and as a browser send them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import urllib3

from tests.local_aws.launcher import LocalAws
from tests.local_aws.signed import signature

APP_HEADER, SERVER_HEADER = "x-sm-mlflow-app-arn", "x-mlflow-sm-tracking-server-arn"
START_SECONDS = 300
"""MLflow imports a lot, on a busy machine for a minute."""
SEARCH = "/api/2.0/mlflow/experiments/search"
pool = urllib3.PoolManager(retries=False)


@dataclass
class Tracked:
    """A server, and the ARNs of its App and its tracking server."""

    aws: LocalAws
    names: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return self.names[name]

    def call(
        self, path: str, request: dict[str, Any], arn: str = "", service: str = "sagemaker", **keys: str
    ) -> urllib3.BaseHTTPResponse:
        """POST to MLflow as the plugin does: by default to the App, as the account."""
        header = APP_HEADER if "mlflow-app" in (arn or self["app"]) else SERVER_HEADER
        headers = {header: arn or self["app"], "Content-Type": "application/json"}
        body = json.dumps(request).encode()
        headers = signature(self.aws, service, body, headers, path=path, **keys)
        return pool.request("POST", self.aws.url + path, body=body, headers=headers, timeout=START_SECONDS)

    def page(self, path: str, **headers: str) -> urllib3.BaseHTTPResponse:
        """GET from the App's host, as a browser does."""
        host = f"{self['app'].rpartition('/')[2].lower()}.mlflow.localhost:{self.aws.port}"
        return pool.request(
            "GET", self.aws.url + path, headers={"Host": host, **headers}, redirect=False, timeout=START_SECONDS
        )

    def link(self) -> str:
        """The path and query of a presigned URL."""
        url = urlsplit(self.aws.client("sagemaker").create_presigned_mlflow_app_url(Arn=self["app"])["AuthorizedUrl"])
        return f"{url.path}?{url.query}"

    def session(self) -> str:
        """The cookie of a browser's session."""
        return self.page(self.link()).headers["set-cookie"].partition(";")[0]
