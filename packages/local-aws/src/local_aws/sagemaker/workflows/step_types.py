"""The types of a pipeline's steps: what each calls, what its properties are, and what makes its cache key.

Sources: "Pipelines steps", "Caching pipeline steps" and "Retry Policy for Pipeline Steps" in the developer guide.
"""

from __future__ import annotations

from dataclasses import dataclass

from botocore.model import StructureShape

from local_aws.api.service import service_model
from local_aws.api.store import Kind
from local_aws.sagemaker import kinds


@dataclass(frozen=True)
class StepType:
    """A type that makes a resource of SageMaker."""

    kind: Kind
    noun: str
    """The noun of its operations, as in CreateModelPackage."""
    metadata: str
    """The member of PipelineExecutionStepMetadata with the resource's ARN."""
    cached_by: tuple[str, ...] = ()
    """The arguments in the cache key; none for a type that is not cached."""
    excluded: tuple[str, ...] = ()
    """Members of the Create request that a definition can't have."""
    job: bool = True
    """Whether the resource takes time, and can be stopped."""

    @property
    def arguments(self) -> StructureShape:
        """The shape of the Create request."""
        return _structure(service_model("sagemaker").operation_model(f"Create{self.noun}").input_shape)

    @property
    def properties(self) -> StructureShape:
        """The shape of Describe's response, which the step's properties are."""
        return _structure(service_model("sagemaker").operation_model(f"Describe{self.noun}").output_shape)


STEP_TYPES = {
    "Training": StepType(
        kinds.TRAINING_JOB,
        "TrainingJob",
        "TrainingJob",
        (
            "AlgorithmSpecification",
            "CheckpointConfig",
            "DebugHookConfig",
            "DebugRuleConfigurations",
            "Environment",
            "HyperParameters",
            "InputDataConfig",
        ),
    ),
    "Processing": StepType(
        kinds.PROCESSING_JOB,
        "ProcessingJob",
        "ProcessingJob",
        ("AppSpecification", "Environment", "ProcessingInputs"),
    ),
    "Transform": StepType(
        kinds.TRANSFORM_JOB,
        "TransformJob",
        "TransformJob",
        ("DataProcessing", "Environment", "ModelName", "TransformInput"),
    ),
    "Tuning": StepType(
        kinds.TUNING_JOB,
        "HyperParameterTuningJob",
        "TuningJob",
        ("HyperParameterTuningJobConfig", "TrainingJobDefinition", "TrainingJobDefinitions"),
    ),
    "Model": StepType(kinds.MODEL, "Model", "Model", job=False),
    "RegisterModel": StepType(
        kinds.MODEL_PACKAGE,
        "ModelPackage",
        "RegisterModel",
        excluded=("ModelPackageName", "ClientToken", "AdditionalModelDataSources"),
        job=False,
    ),
}
"""Step types by the definition's Type."""
CONDITION, FAIL, LAMBDA, CALLBACK = "Condition", "Fail", "Lambda", "Callback"
OTHER_TYPES = (CONDITION, FAIL, LAMBDA, CALLBACK)
CACHED_TUNING = (
    "AlgorithmSpecification",
    "HyperParameterRanges",
    "InputDataConfig",
    "StaticHyperParameters",
    "TuningObjective",
)
"""The members of a tuning step's TrainingJobDefinition that are in the cache key."""


def _structure(shape: object) -> StructureShape:
    assert isinstance(shape, StructureShape)  # noqa: S101 (as the model says)
    return shape
