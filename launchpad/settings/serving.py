"""Endpoints that are pinned in a config, so that promotion to staging and prod is a pull request."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from launchpad.config_files.arns import KeyArn, PackageArn
from launchpad.config_files.logical_ids import same_logical_ids
from launchpad.config_files.yaml_source import FieldError, Settings
from launchpad.requests.release import shift_minutes
from launchpad.settings.pinned_models import (
    ModelData,
    ModelFolder,
    PinnedModel,
    PinnedShadow,
    PinnedVariant,
    PromotedModel,
    stored_object,
)
from launchpad.workload import Name, ServingInstance
from launchpad.workload.serving import Asynchronous, Release, Scaling, Serverless
from launchpad.workload.serving.modes import Mode
from launchpad.workload.serving.release import LONGEST_SHIFT_MINUTES

FLAT_RELEASE = ("traffic", "traffic_percent", "bake_minutes")
FLAT_SCALING = ("minimum_instances", "maximum_instances", "invocations_per_instance")
"""The keys that say briefly what `release` and `scaling` say in full."""


class PinnedEndpoint(Settings):
    """One workload's endpoint, on one model: exactly one of `model_data`, `model_package`, `promoted` and `models`."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True, serialize_by_alias=True)

    workload: Name
    """A folder under `workloads/` with a `serving` section."""
    model_data: ModelData | None = None
    """A model artifact that includes the scripts, as the deploy function writes it under `<workload>/models/`."""
    model_package: PackageArn | None = None
    """An approved version of this environment's own group for the workload. For another environment's, use
    `promoted`."""
    promoted: PromotedModel | None = None
    """A model of the environment before this one, as `launchpad promote` writes it: this environment serves a copy."""
    models: ModelFolder | None = None
    """The folder with the archives of all models, for a workload with `shared_endpoint`. Each of them is served."""
    model_data_key: KeyArn | None = None
    """What encrypts `model_data` where that is not in this environment's own bucket. Bucket and key must let us in."""
    mode: Mode | None = None
    """Replaces the workload's own mode, as do the sections `serverless`, `async`, `scaling` and `release`."""
    instance: ServingInstance | None = None
    """Replaces the workload's own instance."""
    serverless: Serverless | None = None
    asynchronous: Asynchronous | None = Field(default=None, alias="async")
    scaling: Scaling | None = None
    release: Release | None = None
    variants: tuple[PinnedVariant, ...] | None = Field(default=None, max_length=9)
    """Other models that share the requests. With this key, an update shifts traffic at once and is not rolled back,
    because that needs the same variants before and after it: to take the last one away, write `[]` and deploy, then
    remove the line."""
    shadow: PinnedShadow | None = None
    preprocessors: dict[Name, ModelData] = Field(default_factory=dict, max_length=14)
    """The artifact of each of the workload's `preprocessors`, by the name of its workload."""
    minimum_instances: Annotated[int, Field(ge=1, le=100)] | None = None
    """The fewest instances: with `maximum_instances`, `scaling` in brief."""
    maximum_instances: Annotated[int, Field(ge=1, le=100)] | None = None
    """The most instances. Together with `minimum_instances`, the endpoint is scaled by invocations per instance, and
    begins with the minimum. To change the type of its instances, deploy without both first: AWS refuses that for an
    endpoint that is scaled."""
    invocations_per_instance: Annotated[int, Field(ge=1, le=1_000_000)] = 600
    """The invocations in a minute that scaling aims at. Measure what one instance stands, and write somewhat less."""
    traffic: Literal["canary", "linear", "all-at-once"] = "canary"
    """How an update shifts traffic to the new instances; all at once in any case where there is but one."""
    traffic_percent: Annotated[int, Field(ge=10, le=50)] = 10
    """The percentage of the new instances that get traffic at first (canary), or at each step (linear)."""
    bake_minutes: Annotated[int, Field(ge=1, le=60)] = 10
    """The minutes after each step in which an alarm rolls the update back."""

    @property
    def scales(self) -> bool:
        """Whether the number of instances follows the load, as `minimum_instances` and `maximum_instances` say."""
        return self.maximum_instances is not None

    def served_from(self, model_bucket: str) -> str:
        """What is served: an artifact, which is in the environment's own model bucket if promoted, a model package, or
        the folder of a shared endpoint's models."""
        if self.promoted:
            return self.promoted.copy_in(model_bucket)
        return self.model_data or self.model_package or self.models or ""

    def preprocessors_from(self, model_bucket: str) -> dict[str, str]:
        """The artifact of each preprocessor, by its workload; in the environment's own model bucket if promoted."""
        promoted = self.promoted.preprocessors if self.promoted else {}
        copies = {name: f"s3://{model_bucket}/{each.object_key}" for name, each in promoted.items()}
        return {**copies, **self.preprocessors}

    @property
    def pinned_models(self) -> list[tuple[tuple[str | int, ...], PinnedEndpoint | PinnedModel]]:
        """All that say which model is served: the endpoint, its variants and its shadow, with their keys below it."""
        variants = [(("variants", number), variant) for number, variant in enumerate(self.variants or ())]
        return [((), self), *variants, *([(("shadow",), self.shadow)] if self.shadow else [])]

    @property
    def promotions(self) -> list[tuple[tuple[str | int, ...], PromotedModel]]:
        """Every promoted model of the endpoint, with its keys below the pin."""
        return [((*keys, "promoted"), each.promoted) for keys, each in self.pinned_models if each.promoted]

    @property
    def model_objects(self) -> list[str]:
        """The S3 objects that the endpoint reads outside of its environment, as `bucket/key`.

        A package names its own artifact, and the copy of a promoted model is in the environment's own model bucket.
        """
        artifacts = [(self.workload, self.model_data), *self.preprocessors.items()]
        others = (*(self.variants or ()), *((self.shadow,) if self.shadow else ()))
        artifacts += [(self.workload, other.model_data) for other in others]
        objects = {stored_object(artifact, workload) for workload, artifact in artifacts if artifact}
        return sorted(objects | ({f"{self.models.removeprefix('s3://')}*"} if self.models else set()))

    @property
    def brief_scaling(self) -> Scaling | None:
        """What the three keys say that are `scaling` in brief."""
        if self.minimum_instances is None or self.maximum_instances is None:
            return None
        return Scaling(
            minimum=self.minimum_instances,
            maximum=self.maximum_instances,
            invocations_per_minute=self.invocations_per_instance,
        )

    @property
    def brief_release(self) -> dict[str, Any]:
        """What the three keys say that are `release` in brief; their defaults without any."""
        return {"traffic": self.traffic, "percent": self.traffic_percent, "bake_minutes": self.bake_minutes}

    @property
    def shift_minutes(self) -> int:
        """The total baking time of an update, over all its steps."""
        if self.release:
            return self.release.shift_minutes
        return shift_minutes(self.traffic, self.traffic_percent, self.bake_minutes)

    @model_validator(mode="after")
    def _one_model(self) -> Self:
        models = (self.model_data, self.model_package, self.promoted, self.models)
        if sum(model is not None for model in models) != 1:
            raise ValueError("write exactly one of model_data, model_package and promoted")
        if self.model_data_key and not (self.model_data or self.models):
            raise FieldError(("model_data_key",), "has no effect without model_data: remove the line")
        return self

    @model_validator(mode="after")
    def _bounds(self) -> Self:
        lowest, highest = self.minimum_instances, self.maximum_instances
        if (lowest is None) != (highest is None):
            raise ValueError("write both of minimum_instances and maximum_instances, or neither")
        if lowest is not None and highest is not None and highest < lowest:
            raise ValueError(f"maximum_instances ({highest}) must be at least minimum_instances ({lowest})")
        return self

    @model_validator(mode="after")
    def _everything_has_an_effect(self) -> Self:
        if not self.scales and "invocations_per_instance" in self.model_fields_set:
            raise FieldError(
                ("invocations_per_instance",), "has no effect without minimum_instances and maximum_instances"
            )
        if self.scales and self.instance and "count" in self.instance.model_fields_set:
            raise FieldError(("instance", "count"), "has no effect with minimum_instances: remove it")
        for section, brief in (("release", FLAT_RELEASE), ("scaling", FLAT_SCALING)):
            if getattr(self, section) and (both := [key for key in brief if key in self.model_fields_set]):
                raise FieldError((both[0],), f"has no effect with {section}, which says the same in full: remove it")
        return self

    @model_validator(mode="after")
    def _variants_have_a_place(self) -> Self:
        names = [variant.name for variant in self.variants or ()]
        if twice := same_logical_ids(names):
            message = f"{' and '.join(twice[0])} are one name, hyphens apart; give each another name"
            raise FieldError(("variants",), message)
        if self.shadow and names:
            message = "needs one production variant (CreateEndpointConfig): remove this section, or variants"
            raise FieldError(("shadow",), message)
        if self.variants is not None and (shifting := {"release", *FLAT_RELEASE} & self.model_fields_set):
            message = "has no effect with variants, with which traffic shifts at once: remove it"
            raise FieldError((min(shifting),), message)
        if self.models and (others := [key for key in ("variants", "shadow", "preprocessors") if getattr(self, key)]):
            raise FieldError((others[0],), "a shared endpoint serves the models of its folder; remove this section")
        return self

    @model_validator(mode="after")
    def _shifts_within_hours(self) -> Self:
        if self.shift_minutes > LONGEST_SHIFT_MINUTES:
            raise FieldError(
                ("bake_minutes",),
                f"an update would take {self.shift_minutes} minutes, SageMaker allows {LONGEST_SHIFT_MINUTES}:"
                " write fewer minutes or a higher traffic_percent",
            )
        return self
