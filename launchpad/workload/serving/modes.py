"""How an endpoint runs, where that is not on instances that answer at once."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from launchpad.config_files.yaml_source import WHOLE, FieldError, Settings

Mode = Literal["realtime", "serverless", "async"]
Memory = Annotated[Literal[1024, 2048, 3072, 4096, 5120, 6144], WHOLE]
"""What `ServerlessConfig.MemorySizeInMB` may be (CreateEndpointConfig, `ProductionVariantServerlessConfig`)."""
Concurrency = Annotated[int, Field(ge=1, le=200)]


class Serverless(Settings):
    """An endpoint that starts with a request and costs nothing without one."""

    memory_mb: Memory = 2048
    """SageMaker assigns processors in proportion to it."""
    max_concurrency: Concurrency = 5
    """More requests at once are refused (ThrottlingException)."""
    provisioned_concurrency: Concurrency | None = None
    """So many are kept started, which costs by the hour."""

    @model_validator(mode="after")
    def _within_the_most(self) -> Self:
        if (self.provisioned_concurrency or 0) > self.max_concurrency:
            raise FieldError(
                ("provisioned_concurrency",),
                f"must be at most max_concurrency ({self.max_concurrency}), not {self.provisioned_concurrency}",
            )
        return self


class Asynchronous(Settings):
    """An endpoint that queues requests, and writes each answer to S3."""

    concurrency_per_instance: Annotated[int, Field(ge=1, le=1000)] | None = None
    """The most requests that an instance works on at once; SageMaker chooses without it."""
    notify: bool = False
    """Whether the environment's alert topic is sent a message about each answer and each failure."""
