"""The IAM actions of MLflow's REST API, by method and path.

Source: the Service Authorization Reference, "Amazon SageMaker with MLflow", for tracking servers. An MLflow App has one
action for all ("Set up IAM permissions for MLflow Apps"). Note: AWS documents no path for an action. The path of
`LogModel` for new logged models is a guess, and so is that AWS refuses paths without an action.
"""

from __future__ import annotations

import re

CALL_APP = "sagemaker:CallMlflowAppApi"
ACCESS_UI = "sagemaker-mlflow:AccessUI"
_ACTIONS = """
CreateExperiment        POST experiments/create
SearchExperiments       GET|POST experiments/search
GetExperiment           GET experiments/get
GetExperimentByName     GET experiments/get-by-name
DeleteExperiment        POST experiments/delete
RestoreExperiment       POST experiments/restore
UpdateExperiment        POST experiments/update
SetExperimentTag        POST experiments/set-experiment-tag
CreateRun               POST runs/create
UpdateRun               POST runs/update
DeleteRun               POST runs/delete
RestoreRun              POST runs/restore
GetRun                  GET runs/get
SearchRuns              POST runs/search
LogMetric               POST runs/log-metric
LogParam                POST runs/log-parameter
LogBatch                POST runs/log-batch
LogModel                POST runs/log-model
LogInputs               POST runs/log-inputs
LogOutputs              POST runs/outputs
SetTag                  POST runs/set-tag
DeleteTag               POST runs/delete-tag
ListArtifacts           GET artifacts/list
GetMetricHistory        GET metrics/get-history
GetMetricHistory        GET metrics/get-history-bulk-interval
LogModel                POST logged-models
SearchLoggedModels      POST logged-models/search
GetLoggedModel          GET logged-models/*
FinalizeLoggedModel     PATCH logged-models/*
DeleteLoggedModel       DELETE logged-models/*
SetLoggedModelTags      PATCH logged-models/*/tags
DeleteLoggedModelTag    DELETE logged-models/*/tags/*
LogLoggedModelParams    POST logged-models/*/params
ListLoggedModelArtifacts GET logged-models/*/artifacts/directories
StartTrace              POST traces
SearchTraces            GET traces
SearchTraces            POST traces/search
DeleteTraces            POST traces/delete-traces
EndTrace                PATCH traces/*
GetTraceInfo            GET traces/*
GetTraceInfo            GET traces/*/info
SetTraceTag             PATCH traces/*/tags
DeleteTraceTag          DELETE traces/*/tags
CreateRegisteredModel   POST registered-models/create
RenameRegisteredModel   POST registered-models/rename
UpdateRegisteredModel   PATCH registered-models/update
DeleteRegisteredModel   DELETE registered-models/delete
GetRegisteredModel      GET registered-models/get
SearchRegisteredModels  GET registered-models/search
GetLatestModelVersions  GET|POST registered-models/get-latest-versions
SetRegisteredModelTag   POST registered-models/set-tag
DeleteRegisteredModelTag DELETE registered-models/delete-tag
SetRegisteredModelAlias POST registered-models/alias
DeleteRegisteredModelAlias DELETE registered-models/alias
GetModelVersionByAlias  GET registered-models/alias
CreateModelVersion      POST model-versions/create
UpdateModelVersion      PATCH model-versions/update
DeleteModelVersion      DELETE model-versions/delete
GetModelVersion         GET model-versions/get
SearchModelVersions     GET model-versions/search
TransitionModelVersionStage POST model-versions/transition-stage
SetModelVersionTag      POST model-versions/set-tag
DeleteModelVersionTag   DELETE model-versions/delete-tag
GetDownloadURIForModelVersionArtifacts GET model-versions/get-download-uri
"""
_API = re.compile(r"/api/[23]\.0/mlflow/(?P<path>[^?]+)")
_PAGES = re.compile(
    r"/|/(static-files|ajax-api/[23]\.0/mlflow)/.*|/graphql|/(model-versions/)?get-artifact|/health|/version"
)
_CLOSED = re.compile(r"/(ajax-)?api/3\.0/mlflow/(assistant|gateway|mcp-servers|jobs)(/.*)?")
"""Parts of MLflow that run programs, keep secrets or call others on the server's behalf."""


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.escape(path).replace(r"\*", "[^/]+"))


_TABLE = [
    (frozenset(methods.split("|")), _pattern(path), f"sagemaker-mlflow:{action}")
    for action, methods, path in (line.split() for line in _ACTIONS.strip().splitlines())
]


def of_client(arn_type: str, method: str, path: str) -> str | None:
    """The action that a client's request requires; None if AWS has no such request."""
    match = _API.fullmatch(path)
    if match is None or _CLOSED.fullmatch(path) or ".." in path:
        return None
    return CALL_APP if arn_type == "mlflow-app" else _granular(method, match["path"])


def of_page(arn_type: str, method: str, path: str) -> str | None:
    """The action that a request of the UI's pages requires; None if it is none of theirs."""
    if not _PAGES.fullmatch(path) or _CLOSED.fullmatch(path) or ".." in path:
        return None
    if arn_type == "mlflow-app":
        return CALL_APP
    api = _API.fullmatch(path.replace("/ajax-api/", "/api/", 1))
    return (_granular(method, api["path"]) if api else None) or ACCESS_UI


def _granular(method: str, path: str) -> str | None:
    return next((action for methods, pattern, action in _TABLE if method in methods and pattern.fullmatch(path)), None)
