"""The models of a pinned endpoint: the one that answers, others that share its requests, and what works before it."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from launchpad.config_files.arns import KeyArn, PackageArn
from launchpad.config_files.s3_uris import LONGEST_URI, URI, check_bucket
from launchpad.config_files.yaml_source import FieldError, Settings, pattern
from launchpad.requests.variants import SHADOW, VARIANT
from launchpad.workload import Name

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
PromotedArtifact = Annotated[
    str,
    pattern(
        URI + r"/[a-z0-9-]+/models/[^/\s]+/[0-9a-f]{16}/model\.tar\.gz$",
        "write s3://BUCKET/WORKLOAD/models/JOB/HASH/model.tar.gz",
        max_length=LONGEST_URI,
    ),
    AfterValidator(check_bucket),
]
Digest = Annotated[str, pattern(r"^[0-9a-f]{64}$", "write a SHA-256 as 64 lower-case hexadecimal digits")]
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


BaselineFile = Annotated[
    str,
    pattern(
        r"^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$",
        "write the name of a file in the folder of the model's baseline",
    ),
]
Words = Annotated[str, pattern(r"^[^\r\n]+$", "write one line", max_length=300)]


class TrainingFacts(Settings):
    """What the record of the training job says, which stays in the environment that trained; no check asks for it."""

    commit: Words | None = None
    """The first digits of the commit that trained it."""
    data: Words | None = None
    """One version of all of its channels."""
    by: Words | None = None
    """Who started the training."""


class PromotedFile(Settings):
    """One object that is copied with a model, with its digest."""

    artifact: PromotedArtifact
    """Where the environment before has it."""
    sha256: Digest

    @property
    def object_key(self) -> str:
        """The S3 key of the object and of its copy."""
        return self.artifact.removeprefix("s3://").partition("/")[2]


class PromotedModel(Settings):
    """A model that another environment proved. A deploy copies its artifact to this environment's model bucket."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True, serialize_by_alias=True)

    source: Annotated[str, pattern(r"^[a-z][a-z0-9]{1,9}$", "use 2 to 10 lower-case letters and digits")] = Field(
        alias="from"
    )
    """The environment that it is copied from."""
    model_package: PackageArn
    """The approved version of a model package that it was registered as."""
    artifact: PromotedArtifact
    """Where the environment before has it. The copy has the same key, in this environment's model bucket."""
    key: KeyArn
    """The KMS key that encrypts `artifact`."""
    sha256: Digest
    """The digest of the artifact's bytes: a deploy serves nothing else."""
    preprocessors: dict[Name, PromotedFile] = Field(default_factory=dict, max_length=14)
    """The artifact of each of the workload's `preprocessors` that answered with it, by the name of its workload."""
    baseline: dict[BaselineFile, Digest] = Field(default_factory=dict, max_length=20)
    """The files of its monitoring baseline, with the SHA-256 of each: what its requests are compared with."""
    trained: TrainingFacts | None = None

    @property
    def object_key(self) -> str:
        """The S3 key of the artifact and of its copy."""
        return self.artifact.removeprefix("s3://").partition("/")[2]

    @property
    def bucket(self) -> str:
        """The model bucket of the environment before."""
        return self.artifact.removeprefix("s3://").partition("/")[0]

    @property
    def files(self) -> dict[str, str]:
        """The S3 keys of all that is copied, each with its SHA-256; the model is the first."""
        workload, _, job, *_ = self.object_key.split("/")
        folder = f"{workload}/baselines/{job}"
        return {
            self.object_key: self.sha256,
            **{each.object_key: each.sha256 for each in self.preprocessors.values()},
            **{f"{folder}/{name}": digest for name, digest in self.baseline.items()},
        }

    @property
    def folders(self) -> list[str]:
        """Where the environment before has all that is copied: `bucket/workload/models` and the like."""
        return sorted({f"{self.bucket}/{'/'.join(key.split('/')[:2])}" for key in self.files})

    def copy_in(self, bucket: str) -> str:
        """The S3 URI of the copy."""
        return f"s3://{bucket}/{self.object_key}"


class PinnedModel(Settings):
    """One model: exactly one of `model_data`, `model_package` and `promoted`."""

    model_data: ModelData | None = None
    """An artifact that includes the scripts, as that of the endpoint itself."""
    model_package: PackageArn | None = None
    """An approved version of this environment's own group for the workload, instead of `model_data`."""
    promoted: PromotedModel | None = None
    """A model of the environment before this one, instead of both: this environment serves a copy."""

    def served_from(self, model_bucket: str) -> str:
        """What is served: an artifact, which is in the environment's own model bucket if promoted, or a package."""
        if self.promoted:
            return self.promoted.copy_in(model_bucket)
        return self.model_data or self.model_package or ""

    @model_validator(mode="after")
    def _one_model(self) -> Self:
        if sum(model is not None for model in (self.model_data, self.model_package, self.promoted)) != 1:
            raise ValueError("write exactly one of model_data, model_package and promoted")
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
    """The percentage of the requests that are copied."""
