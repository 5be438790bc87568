"""MLflow's own client with AWS's plugin, run in the environment of the server."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from local_aws.mlflow.program import IMAGE
from local_aws.runtimes.environments import Environments
from tests.local_aws.launcher import PYTHON, LocalAws

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "sagemaker-local-aws"
LOG = """
import mlflow.pyfunc

class Doubled(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input: list[int]) -> list[int]:
        return [2 * number for number in model_input]

mlflow.set_experiment("digits")
with mlflow.start_run(run_name="first") as run:
    mlflow.log_params({"depth": 3, "rate": 0.1})
    for step in range(3):
        mlflow.log_metric("loss", 1.0 / (step + 1), step=step)
    mlflow.set_tag("team", "science")
    mlflow.log_text("a note", "notes/note.txt")
    requirements = ["mlflow"]
    mlflow.pyfunc.log_model(
        name="model", python_model=Doubled(), pip_requirements=requirements, registered_model_name="doubled"
    )
run = mlflow.search_runs(experiment_names=["digits"], filter_string="params.depth = '3'", output_format="list")[0]
answer = {
    "run": run.info.run_id,
    "artifacts": run.info.artifact_uri,
    "params": run.data.params,
    "tags": run.data.tags,
    "loss": [[each.step, each.value] for each in MlflowClient().get_metric_history(run.info.run_id, "loss")],
    "note": mlflow.artifacts.load_text(f"{run.info.artifact_uri}/notes/note.txt"),
    "doubled": mlflow.pyfunc.load_model("models:/doubled/1").predict([1, 2]),
    "listed": [file.path for file in MlflowClient().list_artifacts(run.info.run_id, "notes")],
}
"""


def run(aws: LocalAws, arn: str, program: str, cache: Path = CACHE, **variables: str) -> Any:
    """Run a few lines, which assign ``answer``, with the ARN as tracking URI."""
    python = Environments(cache / "environments", uv=PYTHON.parent / "uv").ensure(IMAGE, print) / "bin" / "python"
    begin = f"import json, mlflow\nfrom mlflow import MlflowClient\nmlflow.set_tracking_uri({arn!r})\n"
    environment = {
        **{name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")},
        **aws.environment,
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
        **variables,
    }
    result = subprocess.run(
        [str(python), "-c", f"{begin}{program}\nprint('ANSWER' + json.dumps(answer))"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise AssertionError(result.stdout + result.stderr)
    return json.loads(result.stdout.rpartition("ANSWER")[2])
