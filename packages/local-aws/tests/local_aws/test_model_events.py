"""Models publish an event when they are created and when they are deleted."""

from __future__ import annotations

import json


def test_a_model_created_and_deleted_reaches_eventbridge(endpoints):
    events, sqs = endpoints.aws.client("events"), endpoints.aws.client("sqs")
    queue = sqs.create_queue(QueueName=f"queue-{endpoints.bucket}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["aws.sagemaker"], "detail-type": ["SageMaker Model State Change"]}
    events.put_rule(Name=f"rule-{endpoints.bucket}", EventPattern=json.dumps(pattern))
    events.put_targets(Rule=f"rule-{endpoints.bucket}", Targets=[{"Id": "queue", "Arn": arn}])
    model = endpoints.model()
    endpoints.aws.client("sagemaker").delete_model(ModelName=model)
    bodies = []
    while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=1, WaitTimeSeconds=2).get("Messages"):
        bodies.append(json.loads(messages[0]["Body"]))
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=messages[0]["ReceiptHandle"])
        if len(bodies) == 2:
            break
    assert [body["detail"]["ModelName"] for body in bodies] == [model, model]
    assert all(body["resources"][0].endswith(f":model/{model}") for body in bodies)
