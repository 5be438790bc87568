"""`AsyncInferenceConfig` of an endpoint configuration, and where answers and failures are written."""

from __future__ import annotations

from launchpad.requests.context import Definition, Environment, Request, RequestError


def async_folder(definition: Definition, environment: Environment) -> str:
    """The URI of the folder of everything asynchronous of a workload, with a slash at its end."""
    return f"s3://{environment.model_bucket}/{definition['name']}/async/"


def async_config(definition: Definition, environment: Environment) -> Request:
    """Where an asynchronous endpoint writes and whom it notifies.

    Raises:
        RequestError: there shall be notifications, and the environment's topic is unknown.
    """
    settings = definition["serving"].get("async") or {}
    folder = async_folder(definition, environment)
    output: Request = {
        "S3OutputPath": f"{folder}output/",
        "S3FailurePath": f"{folder}failures/",
        "KmsKeyId": environment.kms_key_arn,
    }
    if settings.get("notify"):
        output["NotificationConfig"] = _topics(environment)
    most = settings.get("concurrency_per_instance")
    client = {"ClientConfig": {"MaxConcurrentInvocationsPerInstance": most}} if most else {}
    return {**client, "OutputConfig": output}


def _topics(environment: Environment) -> Request:
    if not environment.alert_topic_arn:
        raise RequestError(f"environment {environment.name!r} has no alert topic; deploy it first")
    return {"SuccessTopic": environment.alert_topic_arn, "ErrorTopic": environment.alert_topic_arn}
