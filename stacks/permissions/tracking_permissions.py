"""What roles may do in MLflow. Note: a tracking server has an action per operation, an App has one for all of them.

`sagemaker:CallMlflowAppApi` opens an App's whole REST API, deletions too; the actions of `sagemaker-mlflow` have the
resource type `mlflow-tracking-server` alone (service authorization reference).
"""

from __future__ import annotations

from launchpad.settings import EnvironmentSettings
from stacks.permissions.policies import Statement, statement

CREATE = ("CreateExperiment", "GetExperimentByName", "CreateRun", "SearchRuns", "UpdateRun", "DeleteRun")
"""What finds or creates the run of a job. It deletes only one of two runs that were created for a job at once."""
LOG = (
    *("CreateExperiment", "GetExperiment", "GetExperimentByName", "SearchExperiments", "SetExperimentTag"),
    *("CreateRun", "GetRun", "SearchRuns", "UpdateRun", "SetTag"),
    *("LogBatch", "LogInputs", "LogMetric", "LogModel", "LogOutputs", "LogParam"),
    *("FinalizeLoggedModel", "GetLoggedModel", "LogLoggedModelParams", "SearchLoggedModels", "SetLoggedModelTags"),
    *("GetMetricHistory", "ListArtifacts", "ListLoggedModelArtifacts"),
)
"""What a job needs to track itself. It deletes nothing and registers no model: the pipeline does."""
TRACK = (*CREATE, "GetRun", "LogBatch")
"""What the function that logs jobs needs."""
READ = (
    *("GetExperiment", "GetExperimentByName", "SearchExperiments", "GetRun", "SearchRuns", "GetMetricHistory"),
    *("ListArtifacts", "GetLoggedModel", "SearchLoggedModels", "ListLoggedModelArtifacts"),
)
"""What people in notebooks need to look at runs."""


def log_runs(settings: EnvironmentSettings, arn: str) -> Statement:
    """Allow a job to log itself."""
    return _call(settings, arn, LOG)


def create_runs(settings: EnvironmentSettings, arn: str) -> Statement:
    """Allow a function that launches a job to create the run that the job logs into."""
    return _call(settings, arn, CREATE)


def track_runs(settings: EnvironmentSettings, arn: str) -> Statement:
    """Allow the function that logs jobs what it does in MLflow."""
    return _call(settings, arn, TRACK)


def read_runs(settings: EnvironmentSettings, arn: str) -> Statement:
    """Allow people in notebooks to look at runs; in an App that includes changing them."""
    return _call(settings, arn, READ)


def _call(settings: EnvironmentSettings, arn: str, operations: tuple[str, ...]) -> Statement:
    server = settings.tracking is not None and settings.tracking.is_server
    names = [f"sagemaker-mlflow:{name}" for name in operations] if server else ["sagemaker:CallMlflowAppApi"]
    return statement(names, [arn])
