"""A pipeline whose tuning step is followed by a callback, a model of the best job, and a transform."""

import json
import os
import threading

import boto3
from sagemaker.sklearn import SKLearn, SKLearnModel
from sagemaker.transformer import Transformer
from sagemaker.tuner import ContinuousParameter, HyperparameterTuner
from sagemaker.workflow.callback_step import CallbackOutput, CallbackOutputTypeEnum, CallbackStep
from sagemaker.workflow.model_step import ModelStep
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession
from sagemaker.workflow.steps import TransformStep, TuningStep

bucket, role, scripts = os.environ["BUCKET"], os.environ["ROLE"], os.environ["SCRIPTS"]
session = PipelineSession(default_bucket=bucket)
estimator = SKLearn(
    entry_point="sklearn_line.py",
    source_dir=scripts,
    framework_version="1.2-1",
    instance_type="ml.m5.large",
    role=role,
    sagemaker_session=session,
)
tuner = HyperparameterTuner(
    estimator,
    "score",
    {"unused": ContinuousParameter(0.5, 4)},
    [{"Name": "score", "Regex": "score=([0-9.]+)"}],
    strategy="Random",
    max_jobs=2,
    max_parallel_jobs=2,
)
tuned = TuningStep(name="Tune", step_args=tuner.fit({"train": f"s3://{bucket}/line/"}))
queue = boto3.client("sqs").create_queue(QueueName="approvals")["QueueUrl"]
question = CallbackStep(
    name="Ask",
    sqs_queue_url=queue,
    inputs={"job": tuned.properties.BestTrainingJob.TrainingJobName},
    outputs=[CallbackOutput(output_name="rows", output_type=CallbackOutputTypeEnum.String)],
)
model = SKLearnModel(
    tuned.get_top_model_s3_uri(top_k=0, s3_bucket=bucket),
    role,
    "csv_line.py",
    source_dir=scripts,
    framework_version="1.2-1",
    sagemaker_session=session,
)
created = ModelStep(name="Create", step_args=model.create(instance_type="ml.m5.large"), depends_on=[question])
transformer = Transformer(
    created.properties.ModelName,
    1,
    "ml.m5.large",
    accept="text/csv",
    assemble_with="Line",
    output_path=f"s3://{bucket}/callback-out",
    sagemaker_session=session,
)
transformed = TransformStep(
    name="Transform",
    step_args=transformer.transform(question.properties.Outputs["rows"], content_type="text/csv", split_type="Line"),
)
pipeline = Pipeline(name="v2-callback", steps=[tuned, question, created, transformed], sagemaker_session=session)
pipeline.upsert(role_arn=role)


def answer():
    """What a Lambda function behind the queue would do."""
    sqs = boto3.client("sqs")
    while not (messages := sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages")):
        continue
    message = json.loads(messages[0]["Body"])
    assert message["arguments"]["job"]
    outputs = [{"Name": "rows", "Value": f"s3://{bucket}/features/rows.csv"}]
    boto3.client("sagemaker").send_pipeline_execution_step_success(
        CallbackToken=message["token"], OutputParameters=outputs
    )


threading.Thread(target=answer, daemon=True).start()
execution = pipeline.start()
execution.wait(delay=1)
assert execution.describe()["PipelineExecutionStatus"] == "Succeeded", execution.list_steps()
body = boto3.client("s3").get_object(Bucket=bucket, Key="callback-out/rows.csv.out")["Body"].read()
assert [round(float(number)) for number in body.split()] == [7, 21], body
