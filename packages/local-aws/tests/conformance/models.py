"""The models of AWS's services as the server has them: its botocore can be another one than that of the tests."""

from __future__ import annotations

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel

from tests.fuzz.requests import SERVICES
from tests.local_aws.launcher import PYTHON


def operations() -> list[OperationModel]:
    """Every operation of the services that the local AWS implements itself, whether it has the operation or not."""
    models = [model_of(name) for name in (*SERVICES, "ce")]
    return [model.operation_model(name) for model in models for name in model.operation_names]


def model_of(service: str) -> ServiceModel:
    """The model of one service."""
    (folder,) = PYTHON.parents[1].glob("lib/python3.*/site-packages/botocore/data")
    loader = Loader(extra_search_paths=[str(folder)], include_default_search_paths=False)
    return ServiceModel(loader.load_service_model(service, "service-2"), service)
