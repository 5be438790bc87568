"""The environments of programs: `TrainingEnv`, as its successor has it, and `ServingEnv`."""

from __future__ import annotations

import os
from typing import Any

from sagemaker_training import content_types
from sagemaker_training.environment import *  # noqa: F403
from sagemaker_training.environment import Environment, code_dir, model_dir

TrainingEnv = Environment


class ServingEnv:
    """What a model server's variables say."""

    def __init__(self) -> None:
        program = os.environ.get("SAGEMAKER_PROGRAM")
        self.module_name = program.removesuffix(".py") if program else None
        self.user_entry_point = program
        self.module_dir = os.environ.get("SAGEMAKER_SUBMIT_DIRECTORY", code_dir)
        self.model_dir = model_dir
        self.default_accept = os.environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", content_types.JSON)
        self.http_port = os.environ.get("SAGEMAKER_BIND_TO_PORT", "8080")
        self.safe_port_range = os.environ.get("SAGEMAKER_SAFE_PORT_RANGE")
        self.framework_module = os.environ.get("SAGEMAKER_SERVING_MODULE")
        self.log_level = int(os.environ.get("SAGEMAKER_CONTAINER_LOG_LEVEL", "20"))
        self.num_cpus = os.cpu_count() or 1
        self.model_server_workers = int(os.environ.get("SAGEMAKER_MODEL_SERVER_WORKERS") or self.num_cpus)
        self.model_server_timeout = int(os.environ.get("SAGEMAKER_MODEL_SERVER_TIMEOUT") or 60)


def training_env(
    resource_config: Any = None, input_data_config: Any = None, hyperparameters: Any = None
) -> Environment:
    """The environment of a training job, from its files unless they are given."""
    return Environment(resource_config, input_data_config, hyperparameters)
