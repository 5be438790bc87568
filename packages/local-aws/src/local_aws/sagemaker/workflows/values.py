"""What the expressions of a running execution stand for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from local_aws.api.store import Record
from local_aws.files.storage import Location
from local_aws.sagemaker.workflows.definition import Definition
from local_aws.sagemaker.workflows.expressions import UnresolvedError, descend, path_parts, resolve


@dataclass(frozen=True)
class Values:
    """Resolves a definition's values with an execution's parameters and the properties of its finished steps."""

    record: Record
    definition: Definition
    parameters: Mapping[str, Any]
    client: Callable[[str], Any]
    """A boto3 client that acts as the pipeline's role."""

    def resolved(self, value: Any, job_name: str = "") -> Any:
        """A value without expressions; ``job_name`` is the job of the step. Raises `UnresolvedError`."""
        return resolve(value, lambda path: self._get(path, job_name), lambda get: self._json_get(get, job_name))

    def _get(self, path: str, job_name: str) -> Any:
        room, *rest = path_parts(path)
        if room == "Parameters":
            return self.parameters[str(rest[0])]
        if room == "Execution":
            return self._variable(str(rest[0]), job_name)
        if room == "PipelineExperimentConfig":
            return self.resolved((self.definition.experiment or {}).get(str(rest[0])))
        return descend(self._properties(str(rest[0]), path), rest[1:], path)

    def _variable(self, name: str, job_name: str) -> str:
        details = self.record.details
        started = datetime.fromtimestamp(details["CreationTime"], UTC)
        values = {
            "StartDateTime": started.isoformat(),
            "CurrentDateTime": datetime.now(UTC).isoformat(),
            "PipelineName": details["PipelineName"],
            "PipelineArn": details["PipelineArn"],
            "PipelineExecutionId": self.record.arn.rpartition("/")[2],
            "PipelineExecutionArn": self.record.arn,
        }
        return str(values.get(name, job_name))

    def _properties(self, step: str, path: str) -> Any:
        for state in self.record.details["Steps"]:
            if state["StepName"] == step and "Properties" in state:
                return state["Properties"]
        raise UnresolvedError(f"{path} has no value: step '{step}' has not run")

    def _json_get(self, function: Mapping[str, Any], job_name: str) -> Any:
        uri = self._file(function["PropertyFile"]["Get"]) if "PropertyFile" in function else function.get("S3Uri")
        location = Location.parse(str(self.resolved(uri, job_name)))
        path = str(self.resolved(function["Path"], job_name))
        try:
            body = self.client("s3").get_object(Bucket=location.bucket, Key=location.key)["Body"].read()
            value = descend(json.loads(body), path_parts(path), path)
        except ClientError as error:
            raise UnresolvedError(f"{location} can't be read: {error}") from error
        except ValueError as error:
            raise UnresolvedError(f"{location} holds no JSON, or {path} is no path: {error}") from error
        if isinstance(value, dict | list) or value is None:
            raise UnresolvedError(f"{path} of {location} is no text, number or boolean")
        return value

    def _file(self, path: str) -> str:
        """The S3 URI of a property file: below the processing job's output, as its step declares it."""
        _, step, _, name = (str(part) for part in path_parts(path))
        declared = self.definition.steps[step].property_files[name]
        outputs = self._properties(step, path)["ProcessingOutputConfig"]["Outputs"]
        output = descend(outputs, [declared["OutputName"]], path)
        return f"{output['S3Output']['S3Uri'].rstrip('/')}/{declared['FilePath']}"
