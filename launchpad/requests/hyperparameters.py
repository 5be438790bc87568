"""Hyperparameters in SageMaker's format: strings and, for script mode, the script to run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from launchpad.requests.channels import CODE_CHANNEL
from launchpad.requests.context import Environment, RequestError, Run

CODE_ARCHIVE = "sourcedir.tar.gz"
LOG_LEVEL = 20
"""INFO in Python's logging."""


def hyperparameters(section: Mapping[str, Any], environment: Environment, run: Run) -> dict[str, str]:
    """A job's hyperparameters: JSON-encoded for script mode, plain for an algorithm or a custom container.

    Raises:
        RequestError: a script has no packaged source.
    """
    if section["entry_point"] is None:
        return {key: _plain(value) for key, value in section["hyperparameters"].items()}
    if run.source_uri is None:
        raise RequestError("a script needs `source_uri`: where its packaged source lies in S3")
    values = {**section["hyperparameters"], **_toolkit(section, environment, run), **_distribution(section)}
    return {key: json.dumps(value) for key, value in values.items()}


def encoded(section: Mapping[str, Any], value: str) -> str:
    """One categorical value of a tuning range, encoded like this job's hyperparameters."""
    return value if section["entry_point"] is None else json.dumps(value)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _toolkit(section: Mapping[str, Any], environment: Environment, run: Run) -> dict[str, Any]:
    """The hyperparameters by which `sagemaker-training` finds the script."""
    isolated = section["network_isolation"]
    return {
        "sagemaker_program": section["entry_point"],
        "sagemaker_submit_directory": f"/opt/ml/input/data/{CODE_CHANNEL}/{CODE_ARCHIVE}"
        if isolated
        else run.source_uri,
        "sagemaker_region": environment.region,
        "sagemaker_job_name": run.name,
        "sagemaker_container_log_level": LOG_LEVEL,
    }


def _distribution(section: Mapping[str, Any]) -> dict[str, Any]:
    """The hyperparameters by which `sagemaker-training` starts the script on several instances."""
    distribution = section["distribution"]
    if not distribution:
        return {}
    if distribution["torchrun"]:
        return {"sagemaker_torch_distributed_enabled": True, "sagemaker_instance_type": section["instance"]["type"]}
    return {
        "sagemaker_mpi_enabled": True,
        "sagemaker_mpi_num_of_processes_per_host": distribution["mpi"]["processes_per_host"],
        "sagemaker_mpi_custom_mpi_options": distribution["mpi"]["options"],
    }
