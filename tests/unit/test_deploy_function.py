"""The deploy function: each change of an endpoint is recorded, and a record can be served again."""

from __future__ import annotations

import io
import json
import sys
from types import SimpleNamespace

import pytest
from botocore.stub import ANY, Stubber

from tests.unit.conftest import WORKLOAD, rendered
from tests.unit.functions import CONTEXT, imported

ENDPOINT, JOB = "dev-boston-housing", "dev-boston-housing-1"
ARTIFACT = f"s3://model-bucket/boston-housing/jobs/{JOB}/output/model.tar.gz"
ARN = "arn:aws:sagemaker:eu-west-1:123456789012:x/y"
NAME = "20261128T000000000000Z-c.json"


class Function(SimpleNamespace):
    """The function with stubs of its clients, and the records that it wrote."""

    def __call__(self, **event):
        return self.module.handler({"workload": "boston-housing", **event}, CONTEXT)

    def has_job(self):
        job = {
            "TrainingJobName": JOB,
            "TrainingJobArn": ARN,
            "TrainingJobStatus": "Completed",
            "SecondaryStatus": "Completed",
            "ModelArtifacts": {"S3ModelArtifacts": ARTIFACT},
            "AlgorithmSpecification": {"TrainingInputMode": "File"},
            "ResourceConfig": {"VolumeSizeInGB": 1},
            "StoppingCondition": {},
            "CreationTime": 0,
            "FinalMetricDataList": [{"MetricName": "r2", "Value": 0.75, "Timestamp": 0}],
        }
        self.sagemaker.add_response("describe_training_job", job, {"TrainingJobName": JOB})

    def creates_model_and_config(self):
        self.sagemaker.add_response("create_model", {"ModelArn": ARN})
        self.sagemaker.add_response("create_endpoint_config", {"EndpointConfigArn": ARN})

    def has_endpoint(self, config, status="InService", reason=""):
        described = {
            "EndpointName": ENDPOINT,
            "EndpointArn": ARN,
            "EndpointConfigName": config,
            "EndpointStatus": status,
            "CreationTime": 0,
            "LastModifiedTime": 0,
        }
        more = {"FailureReason": reason} if reason else {}
        self.sagemaker.add_response("describe_endpoint", described | more, {"EndpointName": ENDPOINT})

    def has_no_endpoint(self):
        self.sagemaker.add_client_error("describe_endpoint", "ValidationException", "Could not find endpoint")

    def has_configs(self, *variants):
        """The configuration that is served, and the new one, have these variants each."""
        for names in variants or (("AllTraffic",), ("AllTraffic",)):
            described = {
                "EndpointConfigName": "c",
                "EndpointConfigArn": ARN,
                "ProductionVariants": [variant(name) for name in names],
                "CreationTime": 0,
            }
            self.sagemaker.add_response("describe_endpoint_config", described)

    def takes_records(self, number=1):
        for _ in range(number):
            self.s3.add_response("put_object", {})

    def has_record(self, record):
        body = io.BytesIO(json.dumps(record).encode())
        expected = {"Bucket": "model-bucket", "Key": f"boston-housing/history/{NAME}"}
        self.s3.add_response("get_object", {"Body": body}, expected)


def variant(name, model="current", weight=1.0):
    instances = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    return {"VariantName": name, "ModelName": model, "InitialVariantWeight": weight, **instances}


@pytest.fixture
def function(tmp_path, monkeypatch):
    """Boston housing without serving scripts, so that its artifact is served as it is."""
    definition = rendered(WORKLOAD)
    definition["serving"] |= {"source": None, "entry_point": None}
    monkeypatch.setenv("DIRECT_DEPLOY", "true")
    with imported(tmp_path, monkeypatch, "deploy", {"boston-housing": definition}) as module:
        client, records = sys.modules["platform_access"].s3(), []
        client.meta.events.register(
            "provide-client-params.s3.PutObject",
            lambda params, **_: records.append((params["Key"], json.loads(params["Body"]))),
        )
        with Stubber(module.sagemaker) as sagemaker, Stubber(client) as s3:
            yield Function(module=module, sagemaker=sagemaker, s3=s3, records=records)
            sagemaker.assert_no_pending_responses()
            s3.assert_no_pending_responses()


def serve_first(function, **event):
    function.has_no_endpoint()
    function.has_job()
    function.creates_model_and_config()
    function.takes_records()
    function.sagemaker.add_response("create_endpoint", {"EndpointArn": ARN})
    return function(training_job_name=JOB, **event)


def test_a_new_endpoint_is_recorded_below_its_workload(function):
    response = serve_first(function)
    ((key, record),) = function.records
    assert response["action"] == "created"
    assert key.startswith("boston-housing/history/2")
    assert key.endswith(f"Z-{response['endpoint_config_name']}.json")
    assert (record["job"], record["model_data"], record["metrics"]) == (JOB, ARTIFACT, {"r2": 0.75})
    assert (record["by"], record["outcome"], record["before"]) == ("serve", "asked", None)


def test_a_record_says_what_asked_and_where_the_code_came_from(function):
    origin = {"commit": "a" * 40, "dirty": False, "by": "ada"}
    serve_first(function, by="pipeline", run="nightly-1", origin=origin)
    ((_, record),) = function.records
    assert (record["by"], record["run"], record["origin"]) == ("pipeline", "nightly-1", origin)


def test_an_update_records_what_was_served_until_then(function):
    function.has_endpoint("earlier", reason="ping failed")
    function.has_job()
    function.creates_model_and_config()
    function.takes_records()
    function.has_configs()
    function.sagemaker.add_response("update_endpoint", {"EndpointArn": ARN})
    assert function(training_job_name=JOB)["action"] == "updated"
    ((_, record),) = function.records
    assert record["before"] == {"endpoint_config": "earlier", "status": "InService", "reason": "ping failed"}


def test_what_is_served_already_is_not_recorded_again(function):
    config = serve_first(function)["endpoint_config_name"]
    function.has_endpoint(config)
    function.has_job()
    function.creates_model_and_config()
    assert function(training_job_name=JOB)["action"] == "unchanged"
    assert len(function.records) == 1


def test_serving_the_same_again_renews_the_alarms_of_monitoring(function, monkeypatch):
    watched = []
    monkeypatch.setattr(function.module, "watch_models", lambda name, endpoint: watched.append((name, endpoint)))
    function.module.CATALOGUE["boston-housing"]["monitoring"] = {"capture": {"percent": 20}}
    config = serve_first(function)["endpoint_config_name"]
    for status in ("Updating", "InService"):
        function.has_endpoint(config, status=status)
        function.has_job()
        function.creates_model_and_config()
        assert function(training_job_name=JOB)["action"] == "unchanged"
    ((name, endpoint),) = watched
    assert (name, endpoint["EndpointStatus"]) == ("boston-housing", "InService")


def test_an_endpoint_that_is_being_changed_takes_no_other_change(function):
    function.has_endpoint("earlier", status="Updating")
    function.has_job()
    function.creates_model_and_config()
    with pytest.raises(Exception, match=f"Cannot update in-progress endpoint {ENDPOINT}: it is Updating") as refusal:
        function(training_job_name=JOB)
    assert refusal.typename == "BusyEndpointError"  # by which the pipeline retries it
    assert function.records == []


def test_a_change_that_sagemaker_refuses_is_recorded_as_refused(function):
    function.has_endpoint("earlier")
    function.has_job()
    function.creates_model_and_config()
    function.takes_records(2)
    function.has_configs()
    function.sagemaker.add_client_error("update_endpoint", "ValidationException", "Cannot update in-progress endpoint")
    with pytest.raises(Exception, match="Cannot update in-progress endpoint") as refusal:
        function(training_job_name=JOB)
    assert refusal.typename == "BusyEndpointError"
    (first, earlier), (second, refused) = function.records
    assert (first, earlier["outcome"], refused["outcome"]) == (second, "asked", "refused")
    assert "Cannot update in-progress endpoint" in refused["reason"]


def test_a_failed_endpoint_is_refused_with_its_reason_recorded(function):
    function.has_endpoint("broken", status="Failed", reason="ping failed")
    function.has_job()
    function.creates_model_and_config()
    function.takes_records(2)
    with pytest.raises(Exception, match=r"has failed \(ping failed\); delete it"):
        function(training_job_name=JOB)
    assert function.records[-1][1]["before"]["status"] == "Failed"


def test_an_unknown_caller_is_refused(function):
    function.has_no_endpoint()
    function.has_job()
    function.creates_model_and_config()
    with pytest.raises(Exception, match="by: no command 'me'; known: serve, pipeline, rollback"):
        function(training_job_name=JOB, by="me")


def test_a_record_is_served_again_under_the_same_names(function):
    first = serve_first(function)
    function.has_record(function.records[0][1])
    function.has_endpoint("later")
    function.s3.add_response("head_object", {})
    function.sagemaker.add_client_error("create_model", "ValidationException", "Cannot create already existing model")
    function.sagemaker.add_client_error(
        "create_endpoint_config", "ValidationException", "Cannot create already existing endpoint configuration"
    )
    function.takes_records()
    function.has_configs()
    update = {"EndpointName": ENDPOINT, "EndpointConfigName": first["endpoint_config_name"]}
    function.sagemaker.add_response("update_endpoint", {"EndpointArn": ARN}, update)
    response = function(record=NAME, by="rollback")
    assert (response["training_job_name"], response["model_name"]) == (JOB, first["model_name"])
    assert (function.records[-1][1]["by"], function.records[-1][1]["restores"]) == ("rollback", NAME)


def test_a_workload_that_is_not_deployed_is_rolled_back_by_its_record(function):
    serve_first(function)
    record, key = function.records[0][1], f"demo/history/{NAME}"
    body = io.BytesIO(json.dumps(record).encode())
    function.s3.add_response("get_object", {"Body": body}, {"Bucket": "model-bucket", "Key": key})
    function.has_no_endpoint()
    function.s3.add_response("head_object", {})
    function.creates_model_and_config()
    function.takes_records()
    function.sagemaker.add_response("create_endpoint", {"EndpointArn": ARN})
    assert function(workload="demo", record=NAME, by="rollback")["endpoint_name"] == "dev-demo"


def test_a_rollback_keeps_the_instances_and_the_image_of_then(function):
    serve_first(function)
    record = function.records[0][1]
    record["serving"] |= {"image": "earlier-image", "instance": {"type": "ml.c5.xlarge", "count": 3}}
    function.has_record(record)
    function.has_endpoint("later")
    function.s3.add_response("head_object", {})
    expected = {"ModelName": ANY, "PrimaryContainer": ANY, "ExecutionRoleArn": ANY, "Tags": ANY}
    expected |= {"EnableNetworkIsolation": ANY}
    function.sagemaker.add_response("create_model", {"ModelArn": ARN}, expected)
    function.sagemaker.add_response("create_endpoint_config", {"EndpointConfigArn": ARN})
    function.takes_records()
    function.has_configs()
    function.sagemaker.add_response("update_endpoint", {"EndpointArn": ARN})
    function(record=NAME, by="rollback")
    assert function.records[-1][1]["serving"] == record["serving"]


def test_a_rollback_to_a_model_that_is_gone_is_refused(function):
    serve_first(function)
    function.has_record(
        function.records[0][1] | {"model_data": "s3://model-bucket/boston-housing/models/x/model.tar.gz"}
    )
    function.has_no_endpoint()
    function.has_job()
    for _ in range(2):
        function.s3.add_client_error("head_object", "404")
    with pytest.raises(Exception, match=f"the model of {JOB} is gone .*train it again"):
        function(record=NAME, by="rollback")


def test_a_record_of_another_workload_is_no_name(function):
    with pytest.raises(Exception, match=r"'\.\./other/history/x\.json' is not the name of a record"):
        function(record="../other/history/x.json", by="rollback")


def test_a_missing_record_is_refused(function):
    function.s3.add_client_error("get_object", "NoSuchKey")
    with pytest.raises(Exception, match=f"'boston-housing' has no record '{NAME}'"):
        function(record=NAME, by="rollback")
