"""The whole of `workload.yaml`."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from launchpad.config_files.yaml_source import FieldError, Settings, pattern, refuse
from launchpad.requests.capture import FOLDER as CAPTURED
from launchpad.workload.image import Image
from launchpad.workload.metric_rules import metric_mistake
from launchpad.workload.monitoring import Monitoring
from launchpad.workload.monitoring.workload_rules import mistakes_in_workload
from launchpad.workload.pipeline import Pipeline
from launchpad.workload.processing import Evaluation, Processing
from launchpad.workload.serving import Serving
from launchpad.workload.serving.rules import MULTI_MODEL
from launchpad.workload.spark import Spark
from launchpad.workload.training import Training
from launchpad.workload.transform import Transform
from launchpad.workload.tuning import Tuning
from launchpad.workload.types import Name, SharedPath

WITHOUT_TORCH = ("sklearn", "tensorflow", "xgboost")
"""The frameworks whose AWS images lack PyTorch, and so torchrun."""
SERVES_WITHOUT_SCRIPT = {
    "huggingface": "a model that Transformers saved, as a pipeline",
    "pytorch": "a TorchScript file",
    "tensorflow": "a SavedModel",
    "xgboost": "a Booster that was saved as xgboost-model, as the built-in algorithm does",
}
"""What the default handlers of AWS's images serve without a script, read in AWS's toolkits."""

INCREMENTAL = ("image-classification", "object-detection", "semantic-segmentation")
"""The built-in algorithms with a `model` channel ("Use Incremental Training", SageMaker's developer guide)."""


class QualityGate(Settings):
    """A model that misses it is never registered or deployed: one of `at_least` and `at_most`."""

    metric: str
    """The name of one of `training.metrics`, or, with an `evaluate` section, a key of its metrics.json."""
    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("write exactly one of at_least and at_most")
        return self


class Workload(Settings):
    """The whole of `workload.yaml`."""

    name: Name
    """Equal to the folder's name."""
    description: Annotated[
        str,
        pattern(r"^[\p{L}\p{M}\p{Z}\p{S}\p{N}\p{P}]+$", "write some text on one line", max_length=500),
    ]
    """Shown in the model registry (`EntityDescription` of SageMaker's API has no line breaks)."""
    image: Image
    """The container of every job and endpoint that names no other."""
    data_script: SharedPath = "data.py"
    """What `launchpad data` runs, with data-requirements.txt next to it; also another workload's, `../NAME/data.py`."""
    prepare: Processing | None = None
    """A processing job before training."""
    spark: Spark | None = None
    """A Spark step before training."""
    training: Training | None = None
    tuning: Tuning | None = None
    """Tune `training` instead of running it once; the best job's model goes on."""
    evaluate: Evaluation | None = None
    """A processing job after training."""
    transform: Transform | None = None
    serving: Serving | None = None
    quality_gate: QualityGate | None = None
    monitoring: Monitoring | None = None
    pipeline: Pipeline = Field(default_factory=Pipeline)

    @property
    def _algorithm(self) -> str | None:
        """The built-in algorithm that trains, if one does."""
        return (self.training.image or self.image).algorithm if self.training else None

    @model_validator(mode="after")
    def _metrics_are_read_by_the_image_or_a_regex(self) -> Self:
        if self.training is not None and (mistake := metric_mistake(self.training, self.training.image or self.image)):
            raise mistake
        return self

    @model_validator(mode="after")
    def _gate_has_its_metric(self) -> Self:
        names = [metric.name for metric in self.training.metrics] if self.training else []
        if self._algorithm:  # its metrics are SageMaker's to define
            return self
        if self.quality_gate and not self.evaluate and self.quality_gate.metric not in names:
            raise ValueError(
                f"quality_gate.metric {self.quality_gate.metric!r} is not among training.metrics ({names or 'none'}):"
                " choose one of them, or add it"
            )
        return self

    @model_validator(mode="after")
    def _tuning_fits_training(self) -> Self:
        if self.tuning is None:
            return self
        if self.training is None:
            raise ValueError("tuning needs a `training` section: it is what is tuned")
        names = [metric.name for metric in self.training.metrics]
        if self.tuning.objective.metric not in names and not self._algorithm:
            raise ValueError(
                f"tuning.objective.metric {self.tuning.objective.metric!r} is not among training.metrics: add it"
            )
        undeclared = [name for name in self.tuning.ranges if name not in self.training.hyperparameters]
        if undeclared and not self._algorithm:  # an algorithm declares its own
            raise FieldError(
                ("tuning", "ranges", undeclared[0]),
                f"is not among training.hyperparameters ({', '.join(self.training.hyperparameters) or 'none'});"
                " add it there, with the value of a single run",
            )
        return self

    @model_validator(mode="after")
    def _torchrun_has_torch(self) -> Self:
        distribution = self.training and self.training.distribution
        image = (self.training and self.training.image) or self.image
        if distribution and distribution.torchrun and (image.algorithm or image.framework in WITHOUT_TORCH):
            raise FieldError(
                ("training", "distribution", "torchrun"),
                f"{image.framework or image.algorithm} has no PyTorch; use framework pytorch or huggingface, or mpi",
            )
        return self

    @model_validator(mode="after")
    def _algorithm_takes_a_model(self) -> Self:
        algorithm = self._algorithm
        if self.training and self.training.initial_model and algorithm and algorithm not in INCREMENTAL:
            message = f"{algorithm} can't begin with an earlier model; of the algorithms, {', '.join(INCREMENTAL)} can"
            raise FieldError(("training", "initial_model"), message)
        return self

    @model_validator(mode="after")
    def _transform_has_a_model(self) -> Self:
        if self.transform and not self.serving:
            raise ValueError("transform needs a `serving` section: its container makes the predictions")
        return self

    @model_validator(mode="after")
    def _transform_runs_the_model_alone(self) -> Self:
        if self.transform and self.serving and self.serving.preprocessors:
            message = "a transform job runs this model without its preprocessors; remove this section, or those"
            raise FieldError(("transform",), message)
        return self

    @model_validator(mode="after")
    def _shared_endpoint_has_its_server(self) -> Self:
        image = (self.serving and self.serving.image) or self.image
        name = image.framework or image.algorithm
        if self.serving and self.serving.shared_endpoint and name and name not in MULTI_MODEL:
            message = f"AWS's image of {name} serves one model; of AWS's images, {', '.join(MULTI_MODEL)} serve several"
            raise FieldError(("serving", "shared_endpoint"), message)
        return self

    @model_validator(mode="after")
    def _monitoring_fits(self) -> Self:
        if self.name == CAPTURED:
            raise FieldError(("name",), f"{CAPTURED!r} is the folder of captured requests in S3; choose another name")
        refuse(mistakes_in_workload(self))
        return self

    @model_validator(mode="after")
    def _scripts_for_frameworks(self) -> Self:
        for section in ("training", "serving", "prepare", "evaluate"):
            part = getattr(self, section)
            image = (part.image or self.image) if part else None
            if not image or not image.framework or part.entry_point:
                continue
            if section != "serving":
                raise FieldError(
                    (section, "entry_point"), "is required with image.framework: the script that the image runs"
                )
            if image.framework not in SERVES_WITHOUT_SCRIPT:
                message = (
                    f"is required: AWS's image of {image.framework} has no default model_fn, so a script must load the"
                    f" model; without one serve {', '.join(SERVES_WITHOUT_SCRIPT)}"
                )
                raise FieldError((section, "entry_point"), message)
        if self.spark and not self.spark.entry_point:
            raise ValueError("spark.entry_point is required: the script that is submitted")
        return self
