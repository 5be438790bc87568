"""`DataCaptureConfig` of an endpoint configuration: what SageMaker keeps of requests and answers."""

from __future__ import annotations

from launchpad.requests.context import Definition, Environment, Request

FOLDER = "captured"
"""The folder in the model bucket. No workload can have this name."""
CSV_TYPES = ("text/csv",)
JSON_TYPES = ("application/json", "application/jsonlines")
"""What is captured as text; SageMaker encodes any other content type in base64."""


def captures(definition: Definition) -> bool:
    """Whether the workload's endpoint captures requests and answers: a monitored one of one model on instances.

    AWS captures nothing on serverless endpoints ("Serverless endpoints: feature exclusions" of the developer guide),
    and asynchronous ones keep every request and answer in S3 anyway. A shared endpoint's records don't say which of
    its models was asked.
    """
    serving = definition.get("serving") or {}
    usual = serving.get("mode", "realtime") == "realtime" and not serving.get("shared_endpoint")
    return bool(serving and usual and definition.get("monitoring"))


def data_capture(definition: Definition, environment: Environment) -> Request:
    """`{"DataCaptureConfig": ...}` where the workload's endpoint captures requests and answers, else empty."""
    if not captures(definition):
        return {}
    return {
        "DataCaptureConfig": {
            "EnableCapture": True,
            "InitialSamplingPercentage": definition["monitoring"]["capture"]["percent"],
            "DestinationS3Uri": captured_uri(definition, environment),
            "KmsKeyId": environment.kms_key_arn,
            "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
            "CaptureContentTypeHeader": {"CsvContentTypes": [*CSV_TYPES], "JsonContentTypes": [*JSON_TYPES]},
        }
    }


def captured_uri(definition: Definition, environment: Environment) -> str:
    """The folder below which SageMaker writes `endpoint/variant/yyyy/mm/dd/hh/*.jsonl`, in UTC."""
    return f"s3://{environment.model_bucket}/{FOLDER}/{definition['name']}"
