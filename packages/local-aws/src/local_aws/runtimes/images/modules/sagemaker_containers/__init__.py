"""Stands in for AWS's `sagemaker_containers`, whose last release (2020) can't be imported by Python 3.10 or newer.

Its successor `sagemaker_training` has the same functions under other names, so that the modules here are names for it.
The classes for serving (`ServingEnv`, `worker`, `transformer`) are ours, with the same interface. Not there: the web
server (`server.start`), because the runtime has its own.
"""

from __future__ import annotations

import importlib
import sys

RENAMED = {
    "_content_types": "content_types",
    "_encoders": "encoders",
    "_errors": "errors",
    "_files": "files",
    "_functions": "functions",
    "_intermediate_output": "intermediate_output",
    "_logging": "logging_config",
    "_mapping": "mapping",
    "_modules": "modules",
    "_mpi": "mpi",
    "_params": "params",
    "_process": "process",
    "_recordio": "recordio",
    "_runner": "runner",
    "_timeout": "timeout",
    "_trainer": "trainer",
    "entry_point": "entry_point",
    "record_pb2": "record_pb2",
}
"""Names of modules, and what `sagemaker_training` calls them."""

for name, successor in RENAMED.items():
    module = importlib.import_module(f"sagemaker_training.{successor}")
    sys.modules[f"{__name__}.{name}"] = module
    globals()[name] = module
