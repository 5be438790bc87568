"""What is only created and deleted publishes an event for both; a notebook instance for each status."""

from __future__ import annotations

import json
import time

import pytest

from tests.local_aws.plain_jobs import ROLE


def is_of(body, kind, name):
    return body["detail-type"] == f"SageMaker {kind} State Change" and body["resources"][0].endswith(f"/{name}")


@pytest.fixture
def heard(endpoints):
    """The details of the events of a kind and a resource, once there are so many."""
    events, sqs = endpoints.aws.client("events"), endpoints.aws.client("sqs")
    queue = sqs.create_queue(QueueName=f"queue-{endpoints.bucket}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    rule = f"rule-{endpoints.bucket}"
    events.put_rule(Name=rule, EventPattern=json.dumps({"source": ["aws.sagemaker"]}))
    events.put_targets(Rule=rule, Targets=[{"Id": "queue", "Arn": arn}])

    bodies = []

    def hear(kind, name, count):
        end = time.monotonic() + 20
        while True:
            details = [body["detail"] for body in bodies if is_of(body, kind, name)]
            if len(details) >= count or time.monotonic() > end:
                return details
            for message in sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages", []):
                bodies.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])

    yield hear
    events.remove_targets(Rule=rule, Ids=["queue"])
    events.delete_rule(Name=rule)


def test_a_model_and_an_endpoint_configuration_reach_eventbridge(endpoints, heard):
    sagemaker, model = endpoints.aws.client("sagemaker"), endpoints.model()
    variant = {"VariantName": "v", "ModelName": model, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(EndpointConfigName=f"config-{model}", ProductionVariants=[variant])
    sagemaker.delete_endpoint_config(EndpointConfigName=f"config-{model}")
    sagemaker.delete_model(ModelName=model)
    configs = heard("Endpoint Config", f"config-{model}", 2)
    assert [config["ProductionVariants"][0]["ModelName"] for config in configs] == [model, model]


def test_deleting_a_model_is_an_event(endpoints, heard):
    model = endpoints.model()
    endpoints.aws.client("sagemaker").delete_model(ModelName=model)
    assert [detail["ModelName"] for detail in heard("Model", model, 2)] == [model, model]


def test_notebooks_reach_eventbridge(endpoints, heard):
    sagemaker, name = endpoints.aws.client("sagemaker"), f"notebook-{endpoints.bucket}"
    config = {"NotebookInstanceLifecycleConfigName": name}
    sagemaker.create_notebook_instance_lifecycle_config(**config)
    sagemaker.delete_notebook_instance_lifecycle_config(**config)
    sagemaker.create_notebook_instance(NotebookInstanceName=name, InstanceType="ml.t3.medium", RoleArn=ROLE)
    sagemaker.get_waiter("notebook_instance_in_service").wait(NotebookInstanceName=name, WaiterConfig={"Delay": 1})
    sagemaker.stop_notebook_instance(NotebookInstanceName=name)
    sagemaker.get_waiter("notebook_instance_stopped").wait(NotebookInstanceName=name, WaiterConfig={"Delay": 1})
    sagemaker.delete_notebook_instance(NotebookInstanceName=name)
    statuses = [detail["NotebookInstanceStatus"] for detail in heard("Notebook Instance", name, 5)]
    assert statuses == ["Pending", "InService", "Stopping", "Stopped", "Deleting"]
    assert len(heard("Notebook Lifecycle Config", name, 2)) == 2
