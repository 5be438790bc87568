"""What to use instead of SageMaker's operations that are not there, by the noun of the operation."""

from __future__ import annotations

import re

INSTEAD = (
    (r"InferenceExperiment", "use ShadowProductionVariants of an endpoint configuration"),
    (r"PartnerApp", "use an MLflow App (CreateMlflowApp)"),
    (
        r"AIBenchmark|AIRecommendation|AIWorkload|InferenceRecommendations|ScalingConfiguration",
        "measure an endpoint by InvokeEndpoint and its CloudWatch metrics",
    ),
    (
        r"Action|Artifact|Association|Context|Lineage",
        "keep files as artifacts of a trial component (log_file of the SDK's Run), or in an MLflow App",
    ),
    (r"Algorithm", "give TrainingImage in AlgorithmSpecification"),
    (r"AutoML|CandidatesForAutoMLJob", "start CreateHyperParameterTuningJob with ranges"),
    (
        r"Cluster|ComputeQuota|ReservedCapacity|TrainingPlan|UltraServers",
        "start CreateTrainingJob with InstanceCount or InstanceGroups",
    ),
    (r"CodeRepositor", "put the code into the job's S3 channel or image"),
    (r"Compilation|Device|Edge|OptimizationJob|StageDevices", "deploy the model as it is by CreateModel"),
    (r"Feature(Group|Metadata)", "keep features as files in S3, and read them by a channel or a processing job"),
    (r"FlowDefinition|HumanTaskUi|LabelingJob|UiTemplate|Work(force|team)", "label outside of SageMaker, into S3"),
    (r"Hub|Presigned", "give the model's image and S3 URI to CreateModel"),
    (r"(App)?Image(Config|Version)?s?$|Aliases", "give an image's URI in ECR"),
    (r"InferenceComponent", "use a multi-model endpoint (Mode MultiModel) or several variants"),
    (r"Job(SchemaVersion)?s?$", "start CreateTrainingJob or CreateProcessingJob"),
    (r"ModelCard", "write CustomerMetadataProperties or ModelMetrics of a model package"),
    (r"ModelPackageGroupPolicy", "share versions in one account, where IAM decides"),
    (r"ModelMetadata|ModelPackage", "use DescribeModelPackage"),
    (r"Monitoring|Quality|Bias|Explainability", "capture data (DataCaptureConfig), and compare it in a processing job"),
    (r"PipelineVersion", "use DescribePipeline and DescribePipelineDefinitionForExecution"),
    (r"Project|Servicecatalog", "deploy a CloudFormation stack"),
    (r"SearchSuggestions|ResourceCatalogs", "use Search"),
    (r"Session", "call InvokeEndpoint"),
    (
        r"Notebook|Domain|Space|Studio|UserProfile",
        "nothing runs in notebooks and Studio here: run the notebook on this machine",
    ),
)
"""Regular expressions for operations, in the order in which they are tried, and the remedy."""
SPECIAL = {
    "CreatePresignedNotebookInstanceUrl": "no machine is behind a notebook instance: open the notebook on this machine",
    "CreatePresignedDomainUrl": "no machine is behind a domain: open the notebook on this machine",
}


def instead_of(operation: str) -> str:
    """The remedy for an operation that is not there, to follow its name; empty if the table has none."""
    if operation in SPECIAL:
        return f": {SPECIAL[operation]}"
    matching = [instead for pattern, instead in INSTEAD if re.search(pattern, operation)]
    return f": {matching[0]}" if matching else ""
