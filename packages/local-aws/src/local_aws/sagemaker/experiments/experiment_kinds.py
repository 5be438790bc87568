"""The kinds of SageMaker Experiments. AWS documents no words for a missing resource and for a name in use.

Those here are in the form of SageMaker Pipelines; the SDK looks for "already exists" in a ValidationException.
"""

from __future__ import annotations

from local_aws.api.errors import AwsError, validation_error
from local_aws.api.store import Kind


def _missing(kind: Kind, arn: str) -> AwsError:
    return AwsError("ResourceNotFound", f"{kind.member} '{arn}' does not exist.")


def _exists(kind: Kind, arn: str) -> AwsError:
    name = arn.rpartition("/")[2]
    return validation_error(
        f"{kind.member} names must be unique within an AWS account and region. "
        f"{kind.member} with name ({name}) already exists."
    )


def _kind(name: str, member: str, arn_type: str) -> Kind:
    # "The name must be unique in your account and is not case-sensitive" (CreateExperiment and others)
    return Kind(name=name, member=member, arn_type=arn_type, missing=_missing, exists=_exists, any_case=True)


EXPERIMENT = _kind("experiment", "Experiment", "experiment")
TRIAL = _kind("trial", "Trial", "experiment-trial")
TRIAL_COMPONENT = _kind("trial component", "TrialComponent", "experiment-trial-component")
METRIC = _kind("trial component metric", "TrialComponentMetric", "experiment-trial-component-metric")
"""The logged values of one metric of one component, which no API shows as a resource."""
