"""MLflow's server for one caller, in the current folder: `python -I serve.py DESCRIPTOR` of a listening socket.

Note: MLflow has no authentication, and every user of this machine can connect to its port. So each request needs the
token that only the local AWS has. Artifacts are in S3 only: MLflow would also read this machine's files, for any client
that names one as an experiment's location.
"""

from __future__ import annotations

import hmac
import os
import sys
from typing import Any

TOKEN = os.environ.pop("LOCAL_AWS_MLFLOW_TOKEN").encode()
HEADER = b"x-local-aws-token"
os.environ.update(
    {
        "_MLFLOW_SERVER_FILE_STORE": "sqlite:///mlflow.sqlite",
        "_MLFLOW_SERVER_ARTIFACT_ROOT": os.environ.pop("LOCAL_AWS_MLFLOW_ARTIFACTS"),
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
)

import uvicorn  # noqa: E402 (MLflow reads the variables when it is imported)
from mlflow.server.fastapi_app import app  # noqa: E402
from mlflow.store.artifact import artifact_repository_registry  # noqa: E402

SCHEMES = ("s3", "runs", "models")
_repositories = artifact_repository_registry._artifact_repository_registry._registry
for _scheme in _repositories.keys() - set(SCHEMES):
    del _repositories[_scheme]


async def guarded(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Pass on the requests that have the token."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close"})
    elif scope["type"] == "http" and not hmac.compare_digest(dict(scope["headers"]).get(HEADER, b""), TOKEN):
        await send({"type": "http.response.start", "status": 403, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})
    else:
        await app(scope, receive, send)


if __name__ == "__main__":
    uvicorn.run(guarded, fd=int(sys.argv[1]), log_level="warning", access_log=False, timeout_graceful_shutdown=1)
