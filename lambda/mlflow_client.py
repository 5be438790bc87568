"""MLflow's REST API behind SageMaker: signed requests with the standard library and botocore.

Host, header and signature differ between an MLflow App and a tracking server, as in AWS's plugin for MLflow's client
(PyPI, sagemaker-mlflow 0.5), whose variable for another address this reads too.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode

import botocore.session
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

ADDRESS_VARIABLE = "SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT"
API = "api/2.0/mlflow"
TIMEOUT_SECONDS = 30
MISSING = "RESOURCE_DOES_NOT_EXIST"
EXISTS = "RESOURCE_ALREADY_EXISTS"
# No proxy: Lambda has none, and a laptop's must not see what goes to loopback.
_open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


class MlflowError(Exception):
    """MLflow refused a request; `code` is its error code, such as RESOURCE_DOES_NOT_EXIST."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


@dataclass(frozen=True)
class Kind:
    """How one kind of SageMaker's MLflow is called."""

    host: str
    header: str
    """The header that names it; all of a region share a host."""
    service: str
    """The service in the signature."""


KINDS = {
    "mlflow-app": Kind("mlflow.sagemaker.{region}.app.aws", "x-sm-mlflow-app-arn", "sagemaker"),
    "mlflow-tracking-server": Kind(
        "{region}.experiments.sagemaker.aws", "x-mlflow-sm-tracking-server-arn", "sagemaker-mlflow"
    ),
}
"""The kinds, by the type in the ARN."""


class Mlflow:
    """One App or tracking server, by its ARN."""

    def __init__(self, arn: str, timeout: float = TIMEOUT_SECONDS) -> None:
        self._timeout = timeout
        _, _, _, self._region, _, resource = arn.split(":", 5)
        kind = KINDS[resource.partition("/")[0]]
        self._header, self._service = {kind.header: arn}, kind.service
        self._address = os.environ.get(ADDRESS_VARIABLE) or f"https://{kind.host.format(region=self._region)}"

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """Read something.

        Raises:
            MlflowError: it doesn't exist, or can't be read.
        """
        # Spaces as %20, because the signature's canonical form has no `+`.
        return self._call("GET", f"{path}?{urlencode(query, quote_via=quote)}", b"")

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Search, or change something.

        Raises:
            MlflowError: MLflow refuses it.
        """
        return self._call("POST", path, json.dumps(body).encode())

    def _call(self, method: str, path: str, body: bytes) -> dict[str, Any]:
        url = f"{self._address.rstrip('/')}/{API}/{path}"
        headers = {
            **self._header,
            "X-Amz-Content-SHA256": hashlib.sha256(body).hexdigest(),
            **({"Content-Type": "application/json"} if body else {}),
        }
        signed = AWSRequest(method=method, url=url, data=body, headers=headers)
        # A fresh signature each time: Lambda renews credentials, and a signature is good for minutes.
        SigV4Auth(_credentials(), self._service, self._region).add_auth(signed)
        headers = dict(signed.headers.items())
        request = urllib.request.Request(url, data=body or None, method=method, headers=headers)  # noqa: S310 -- AWS's, or the local one
        try:
            with _open(request, timeout=self._timeout) as response:
                content: dict[str, Any] = json.loads(response.read() or b"{}")
        except HTTPError as error:
            raise _refusal(error) from None
        return content


def _refusal(error: HTTPError) -> MlflowError:
    text = error.read().decode("utf-8", "replace")
    try:
        details = json.loads(text)
        return MlflowError(str(details["error_code"]), str(details.get("message", "")))
    except (ValueError, KeyError, TypeError):
        return MlflowError(str(error.code), text[:500])


@functools.cache
def _session() -> Any:
    return botocore.session.Session()


def _credentials() -> Any:
    return _session().get_credentials()
