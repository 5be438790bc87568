"""ExperimentConfig: the trial component of a job, and the trial that it becomes part of.

AWS documents that a trial is created where none is named, not its name; a component's name is as in AWS's examples.
"""

from __future__ import annotations

from typing import Any

from local_aws.api.errors import validation_error
from local_aws.api.service import Scope
from local_aws.api.store import Record, Store
from local_aws.sagemaker.experiments.experiment_kinds import EXPERIMENT, TRIAL, TRIAL_COMPONENT
from local_aws.sagemaker.experiments.trial_components import associate


def check_experiment(store: Store, scope: Scope, config: dict[str, Any]) -> None:
    """Raise ResourceNotFound for an experiment or a trial that does not exist."""
    experiment, trial = config.get("ExperimentName"), config.get("TrialName")
    if experiment:
        store.get(EXPERIMENT, scope, experiment)
    if trial:
        actual = store.get(TRIAL, scope, trial).details["ExperimentName"]
        if experiment not in (None, actual):
            raise validation_error(f"Trial {trial} is part of experiment {actual}, not of {experiment}.")


def add_component(store: Store, job: Record, config: dict[str, Any]) -> None:
    """Create the component of a new job, and associate it as its ExperimentConfig says."""
    name = f"{job.name}-aws-{job.kind.arn_type}"
    source = {"SourceArn": job.arn, "SourceType": f"SageMaker{job.kind.member}"}
    members = {"DisplayName": config.get("TrialComponentDisplayName", name), "Source": source, "Parents": []}
    if "RunName" in config:
        members["RunName"] = config["RunName"]
    component = store.find(TRIAL_COMPONENT, job.scope, name)
    if component is None:
        component = store.create(TRIAL_COMPONENT, job.scope, name, {**members, "CreatedBy": {}, "LastModifiedBy": {}})
    if "TrialName" in config:
        associate(component, store.get(TRIAL, job.scope, config["TrialName"]))
    elif "ExperimentName" in config:
        associate(component, _new_trial(store, job, config["ExperimentName"]))


def _new_trial(store: Store, job: Record, experiment: str) -> Record:
    name = f"{job.name}-aws-trial"
    own = {"DisplayName": name, "ExperimentName": experiment, "CreatedBy": {}, "LastModifiedBy": {}}
    return store.find(TRIAL, job.scope, name) or store.create(TRIAL, job.scope, name, own)
