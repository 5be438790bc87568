"""MLflow's server for one caller, in the current folder: `python -I serve.py DESCRIPTOR` of a listening socket.

Note: MLflow has no authentication, and every user of this machine can connect to its port. So each request needs the
token that only the local AWS has. Artifacts are in S3 only: MLflow would also read this machine's files, for any client
that names one as an experiment's location. It is MLflow's Flask application, without the FastAPI one around it, which
adds a gateway, an assistant and jobs, and two seconds to the start.
"""

from __future__ import annotations

import hmac
import os
import sys
from collections.abc import Callable, Iterable
from typing import Any

TOKEN = os.environ.pop("LOCAL_AWS_MLFLOW_TOKEN").encode()
HEADER = "HTTP_X_LOCAL_AWS_TOKEN"
os.environ.update(
    {
        "_MLFLOW_SERVER_FILE_STORE": "sqlite:///mlflow.sqlite",
        "_MLFLOW_SERVER_ARTIFACT_ROOT": os.environ.pop("LOCAL_AWS_MLFLOW_ARTIFACTS"),
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
)

import uvicorn  # noqa: E402 (MLflow reads the variables when it is imported)
from mlflow.server import app  # noqa: E402
from mlflow.store.artifact import artifact_repository_registry  # noqa: E402

SCHEMES = ("s3", "runs", "models")
_repositories = artifact_repository_registry._artifact_repository_registry._registry
for _scheme in _repositories.keys() - set(SCHEMES):
    del _repositories[_scheme]


def guarded(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Pass on the requests that have the token."""
    if hmac.compare_digest(environ.get(HEADER, "").encode("latin-1"), TOKEN):
        return app(environ, start_response)
    start_response("403 Forbidden", [("Content-Length", "0")])
    return []


if __name__ == "__main__":
    options = {"log_level": "warning", "access_log": False, "timeout_graceful_shutdown": 1}
    uvicorn.run(guarded, interface="wsgi", fd=int(sys.argv[1]), **options)
