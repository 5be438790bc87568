"""The boto3 requests that launch work, built by pure functions of (workload, environment, run).

Only the standard library, because this is shipped with the Lambda functions: no pydantic, no boto3, no clock and no
randomness. A workload is the plain dictionary that `launchpad.catalogue` rendered from a validated `workload.yaml`.
"""

from launchpad.requests.capture import captured_uri, data_capture
from launchpad.requests.context import Definition, Environment, Request, RequestError, Run
from launchpad.requests.endpoint import endpoint_config_request, endpoint_request, endpoint_update_request
from launchpad.requests.endpoint_alarms import endpoint_alarm_requests
from launchpad.requests.model import model_request, shared_model_request
from launchpad.requests.monitoring import baseline_request, baseline_uri, monitor_request, predictions_request
from launchpad.requests.monitoring_alarms import monitoring_alarm_requests
from launchpad.requests.monitoring_settings import baseline_settings, monitor_settings, settings_body, settings_key
from launchpad.requests.overrides import apply_overrides
from launchpad.requests.processing import processing_request
from launchpad.requests.registry import package_group_request, package_request
from launchpad.requests.release import deployment_config
from launchpad.requests.scaling import ScalingCall, scaling_requests, wake_up_alarm_request
from launchpad.requests.spark import spark_request
from launchpad.requests.training import training_request
from launchpad.requests.transform import transform_request
from launchpad.requests.tuning import tuning_request
from launchpad.requests.variants import Variant

__all__ = [
    "Definition",
    "Environment",
    "Request",
    "RequestError",
    "Run",
    "ScalingCall",
    "Variant",
    "apply_overrides",
    "baseline_request",
    "baseline_settings",
    "baseline_uri",
    "captured_uri",
    "data_capture",
    "deployment_config",
    "endpoint_alarm_requests",
    "endpoint_config_request",
    "endpoint_request",
    "endpoint_update_request",
    "model_request",
    "monitor_request",
    "monitor_settings",
    "monitoring_alarm_requests",
    "package_group_request",
    "package_request",
    "predictions_request",
    "processing_request",
    "scaling_requests",
    "settings_body",
    "settings_key",
    "shared_model_request",
    "spark_request",
    "training_request",
    "transform_request",
    "tuning_request",
    "wake_up_alarm_request",
]
