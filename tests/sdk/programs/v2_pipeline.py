"""A pipeline as in AWS's abalone example: process, train, evaluate, register on a condition; started twice, cached."""

import os

import sagemaker
from sagemaker.inputs import TrainingInput
from sagemaker.processing import ProcessingInput, ProcessingOutput
from sagemaker.sklearn import SKLearn, SKLearnModel, SKLearnProcessor
from sagemaker.workflow.condition_step import ConditionStep
from sagemaker.workflow.conditions import ConditionLessThanOrEqualTo
from sagemaker.workflow.fail_step import FailStep
from sagemaker.workflow.functions import Join, JsonGet
from sagemaker.workflow.model_step import ModelStep
from sagemaker.workflow.parameters import ParameterFloat, ParameterInteger, ParameterString
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession
from sagemaker.workflow.properties import PropertyFile
from sagemaker.workflow.steps import CacheConfig, ProcessingStep, TrainingStep

bucket, role, scripts = os.environ["BUCKET"], os.environ["ROLE"], os.environ["SCRIPTS"]
session = PipelineSession(default_bucket=bucket)
data = ParameterString(name="InputData", default_value=f"s3://{bucket}/line/rows.csv")
count = ParameterInteger(name="InstanceCount", default_value=1)
limit = ParameterFloat(name="ErrorLimit", default_value=0.5)
approval = ParameterString(name="Approval", default_value="PendingManualApproval")
cache = CacheConfig(enable_caching=True, expire_after="PT1H")

processor = SKLearnProcessor(
    framework_version="1.2-1",
    role=role,
    instance_type="ml.m5.large",
    instance_count=count,
    base_job_name="prepare",
    sagemaker_session=session,
)
prepared = ProcessingStep(
    name="Prepare",
    step_args=processor.run(
        code=f"{scripts}/prepare.py",
        inputs=[ProcessingInput(source=data, destination="/opt/ml/processing/input")],
        outputs=[
            ProcessingOutput(output_name="train", source="/opt/ml/processing/train"),
            ProcessingOutput(output_name="test", source="/opt/ml/processing/test"),
        ],
    ),
    cache_config=cache,
)
outputs = prepared.properties.ProcessingOutputConfig.Outputs
estimator = SKLearn(
    entry_point="sklearn_line.py",
    source_dir=scripts,
    framework_version="1.2-1",
    instance_type="ml.m5.large",
    role=role,
    sagemaker_session=session,
)
trained = TrainingStep(
    name="Train",
    step_args=estimator.fit({"train": TrainingInput(outputs["train"].S3Output.S3Uri, content_type="text/csv")}),
    cache_config=cache,
)
artifact = trained.properties.ModelArtifacts.S3ModelArtifacts
report = PropertyFile(name="Report", output_name="report", path="evaluation.json")
evaluated = ProcessingStep(
    name="Evaluate",
    step_args=processor.run(
        code=f"{scripts}/evaluate.py",
        inputs=[
            ProcessingInput(source=artifact, destination="/opt/ml/processing/model"),
            ProcessingInput(source=outputs["test"].S3Output.S3Uri, destination="/opt/ml/processing/test"),
        ],
        outputs=[ProcessingOutput(output_name="report", source="/opt/ml/processing/report")],
    ),
    property_files=[report],
)
model = SKLearnModel(artifact, role, f"{scripts}/sklearn_line.py", framework_version="1.2-1", sagemaker_session=session)
registered = ModelStep(
    name="Line",
    step_args=model.register(
        content_types=["text/csv"],
        response_types=["text/csv"],
        inference_instances=["ml.m5.large"],
        model_package_group_name="v2-pipeline",
        approval_status=approval,
    ),
)
error = JsonGet(step_name="Evaluate", property_file=report, json_path="regression_metrics.mse.value")
refused = FailStep(name="TooBad", error_message=Join(on=" ", values=["The error is above", limit]))
checked = ConditionStep(
    name="GoodEnough",
    conditions=[ConditionLessThanOrEqualTo(left=error, right=limit)],
    if_steps=[registered],
    else_steps=[refused],
)
pipeline = Pipeline(
    name="v2-pipeline",
    parameters=[data, count, limit, approval],
    steps=[prepared, trained, evaluated, checked],
    sagemaker_session=session,
)
pipeline.upsert(role_arn=role)
pipeline.upsert(role_arn=role, description="again", tags=[{"Key": "team", "Value": "a"}])

execution = pipeline.start(parameters={"Approval": "Approved"})
execution.wait(delay=1)
steps = {step["StepName"]: step for step in execution.list_steps()}
assert execution.describe()["PipelineExecutionStatus"] == "Succeeded", steps
assert {step["StepStatus"] for step in steps.values()} == {"Succeeded"}, steps
client = sagemaker.Session(default_bucket=bucket).sagemaker_client
packages = client.list_model_packages(ModelPackageGroupName="v2-pipeline")["ModelPackageSummaryList"]
assert [package["ModelApprovalStatus"] for package in packages] == ["Approved"]

second = pipeline.start(parameters={"ErrorLimit": -1.0})
try:
    second.wait(delay=1)
except Exception as failure:  # botocore's waiter says that the execution failed
    assert "Failed" in str(failure), failure
steps = {step["StepName"]: step for step in second.list_steps()}
assert steps["Train"]["CacheHitResult"]["SourcePipelineExecutionArn"] == execution.arn
assert steps["TooBad"]["FailureReason"] == "The error is above -1.0"
pipeline.delete()
