"""Creates the SageMaker model that an endpoint serves: one container, a pipeline of several, or one for many models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from model_bundle import model_with_code
from models import create_once, finished_job, sagemaker
from platform_access import CATALOGUE, ENVIRONMENT, exists, s3
from served_endpoints import newest_record

from launchpad.requests import Definition, RequestError, model_request, shared_model_request
from launchpad.requests.shared_endpoints import shared_folder, target_model


@dataclass(frozen=True)
class ServedModel:
    """A SageMaker model, and how it was put together."""

    name: str
    preprocessors: Mapping[str, str]
    """The job of each workload whose model works on a request before, in their order."""
    target: str = ""
    """`TargetModel` of requests to a shared endpoint."""


def create_served_model(definition: Definition, model_data: str, jobs: Mapping[str, str]) -> ServedModel:
    """Create the model of an archive unless it exists; `jobs` names those of the preprocessors.

    Raises:
        RequestError: a workload is no preprocessor, is not deployed here, or no job of it is known.
    """
    if definition["serving"].get("shared_endpoint"):
        request, target = shared_model_request(definition, ENVIRONMENT), _shared(definition, model_data)
        create_once(sagemaker.create_model, request)
        return ServedModel(request["ModelName"], {}, target)
    chosen = _jobs_of(definition, jobs)
    before = [(CATALOGUE[name], _archive(name, job)) for name, job in chosen.items()]
    request = model_request(definition, ENVIRONMENT, model_data, preprocessors=before)
    create_once(sagemaker.create_model, request)
    return ServedModel(request["ModelName"], chosen)


def _jobs_of(definition: Definition, jobs: Mapping[str, str]) -> dict[str, str]:
    """The job of each preprocessor in its order: of `jobs`, else the one that the workload served last."""
    names = definition["serving"].get("preprocessors") or ()
    if unknown := sorted(set(jobs) - set(names)):
        raise RequestError(f"preprocessor_jobs: {', '.join(unknown)} is not in `preprocessors`")
    if missing := [name for name in names if name not in CATALOGUE]:
        raise RequestError(f"preprocessors: no workload {missing[0]!r} is deployed in {ENVIRONMENT.name!r}")
    return {name: jobs.get(name) or _served_last(name) for name in names}


def _shared(definition: Definition, model_data: str) -> str:
    """Copy an archive to where the shared endpoint's container looks for models."""
    target = target_model(definition, model_data)
    folder, source = (
        urlsplit(shared_folder(ENVIRONMENT, definition["serving"]["shared_endpoint"])),
        urlsplit(model_data),
    )
    key = f"{folder.path.lstrip('/')}{target}"
    if not exists(folder.netloc, key):
        s3().copy({"Bucket": source.netloc, "Key": source.path.lstrip("/")}, folder.netloc, key)
    return target


def _archive(workload: str, job: str) -> str:
    artifact = finished_job(CATALOGUE[workload], job)["ModelArtifacts"]["S3ModelArtifacts"]
    return model_with_code(CATALOGUE[workload], artifact)


def _served_last(workload: str) -> str:
    newest = newest_record(workload)
    if newest is None:
        raise RequestError(
            f"preprocessors: {workload} was never served here; name its training job in `preprocessor_jobs`"
        )
    return str(newest[1]["job"])
