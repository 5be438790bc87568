"""The models of a pinned endpoint: the one that answers, others that share its requests, and what works before it."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from launchpad.config_files.arns import PackageArn
from launchpad.config_files.s3_uris import LONGEST_URI, URI, check_bucket
from launchpad.config_files.yaml_source import FieldError, Settings, pattern
from launchpad.requests.variants import SHADOW, VARIANT

ModelData = Annotated[
    str,
    pattern(URI + r"/(\S+/)?model\.tar\.gz$", "write s3://BUCKET/.../model.tar.gz", max_length=LONGEST_URI),
    AfterValidator(check_bucket),
]
ModelFolder = Annotated[
    str,
    pattern(URI + r"/(\S+/)+$", "write s3://BUCKET/.../ with a slash at the end", max_length=LONGEST_URI),
    AfterValidator(check_bucket),
]
VariantName = Annotated[
    str, pattern(r"^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$", "use up to 63 letters, digits, inner hyphens")
]


def stored_object(model_data: str, workload: str) -> str:
    """The S3 objects of an artifact that an endpoint reads, as `bucket/key`.

    For an artifact of the deploy function it is the whole folder, because an instance that starts during an update may
    need the previous artifact.
    """
    bucket, _, key = model_data.removeprefix("s3://").partition("/")
    folder = f"{workload}/models/"
    return f"{bucket}/{folder}*" if key.startswith(folder) else f"{bucket}/{key}"


class PinnedModel(Settings):
    """One model: exactly one of `model_data` and `model_package`."""

    model_data: ModelData | None = None
    """An artifact that includes the scripts, as that of the endpoint itself."""
    model_package: PackageArn | None = None
    """In place of `model_data`: an approved version of this environment's own group for the workload."""

    @property
    def model(self) -> str:
        """Whichever of the two is written."""
        return self.model_data or self.model_package or ""

    @model_validator(mode="after")
    def _one_model(self) -> Self:
        if (self.model_data is None) == (self.model_package is None):
            raise ValueError("write exactly one of model_data and model_package")
        return self


class PinnedVariant(PinnedModel):
    """Another model that shares the endpoint's requests."""

    name: VariantName
    """What a caller names to have it answer (`TargetVariant`)."""
    weight: Annotated[float, Field(ge=0, le=1000)]
    """Among all: the endpoint's own model has 1, so 0.25 is a fifth of the requests."""

    @model_validator(mode="after")
    def _another_name(self) -> Self:
        if self.name in (VARIANT, SHADOW):
            raise FieldError(("name",), f"{self.name!r} is a name of the platform's own; write another")
        return self


class PinnedShadow(PinnedModel):
    """A model that gets copies of the requests; its answers reach no caller."""

    percent: Annotated[int, Field(ge=1, le=100)] = 100
    """Of the requests: how many are copied."""
