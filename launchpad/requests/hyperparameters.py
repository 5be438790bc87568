"""Hyperparameters as SageMaker wants them: text, and for script mode the program beside them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

CODE_CHANNEL = "code"
"""The channel by which scripts reach a container that has no network."""
CODE_ARCHIVE = "sourcedir.tar.gz"


def script_mode(section: Mapping[str, Any], source_uri: str, region: str, job: str) -> dict[str, str]:
    """The hyperparameters of a script in a framework image, each JSON-encoded as `sagemaker-training` reads them."""
    isolated = section["network_isolation"]
    archive = f"/opt/ml/input/data/{CODE_CHANNEL}/{CODE_ARCHIVE}" if isolated else source_uri
    toolkit = {
        "sagemaker_program": section["entry_point"],
        "sagemaker_submit_directory": archive,
        "sagemaker_region": region,
        "sagemaker_job_name": job,
        "sagemaker_container_log_level": 20,
    }
    return {key: json.dumps(value) for key, value in {**section["hyperparameters"], **toolkit}.items()}


def plain(section: Mapping[str, Any]) -> dict[str, str]:
    """The hyperparameters of a built-in algorithm or an own container: text as it stands."""
    return {
        key: value if isinstance(value, str) else json.dumps(value) for key, value in section["hyperparameters"].items()
    }
