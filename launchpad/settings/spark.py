"""A Spark cluster (Amazon EMR) with an EMR Studio, or EMR Serverless; only if a config asks for it."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from launchpad.config_files.aws_facts import EMR_INSTANCE_TYPE
from launchpad.config_files.yaml_source import FieldError, Settings, pattern
from launchpad.settings.workspaces import RepositoryUrl

NodeType = Annotated[str, EMR_INSTANCE_TYPE]
Release = Annotated[str, pattern(r"^emr-7\.[0-9]+\.[0-9]+$", "write a release such as emr-7.12.0")]


class SparkServerlessSettings(Settings):
    """Spark on EMR Serverless, in the private subnets: workers come with a run, and nothing is left to look after. Only
    runs cost, and one interface endpoint where there is no NAT gateway, some $7 a month per zone."""

    release: Release = "emr-7.12.0"
    architecture: Literal["ARM64", "X86_64"] = "ARM64"
    maximum_vcpu: Annotated[int, Field(ge=4, le=4000)] = 32
    """The most vCPUs of all workers of all runs at once; a further run waits."""
    maximum_memory_gb: Annotated[int, Field(ge=8, le=32_000)] = 256
    idle_minutes: Annotated[int, Field(ge=1, le=7 * 24 * 60)] = 15
    """The application stops after so long without a run; the next run starts it again."""


class SparkSettings(Settings):
    """One EMR cluster with Spark, in the private subnets, that ends itself when idle. Each instance costs EC2's and
    EMR's price for each hour that it runs. Where there is no NAT gateway, three interface endpoints, some $22 a month
    per zone, cost also when it has ended."""

    certificates: Annotated[str, pattern(r"^[^/\s]\S*\.zip$", "write the key of a zip file, such as spark/tls.zip")]
    """A zip file in the environment's data bucket, by its key, with what the nodes encrypt their traffic with:
    `privateKey.pem` and `certificateChain.pem` for `*.REGION.compute.internal` (`*.ec2.internal` in us-east-1), and
    `trustedCertificates.pem` where they are self-signed. It must be there before the cluster is: deploy the storage
    stack first. A private key belongs in no template, so none is made."""
    release: Release = "emr-7.12.0"
    primary_instance_type: NodeType = "m5.xlarge"
    core_instance_type: NodeType = "m5.xlarge"
    volume_gb: Annotated[int, Field(ge=10, le=16384)] = 64
    """The volume of each node, for HDFS and for what Spark spills."""
    minimum_units: Annotated[int, Field(ge=1, le=100)] = 2
    """Instances in addition to the primary one."""
    maximum_units: Annotated[int, Field(ge=1, le=200)] | None = None
    """The cluster is scaled up to so many; without it, or equal to `minimum_units`, it keeps its size."""
    idle_minutes: Annotated[int, Field(ge=1, le=7 * 24 * 60)] = 60
    """The cluster ends itself after so long without work."""
    generation: Annotated[int, Field(ge=1, le=99_999)] = 1
    """A cluster that ended itself does not come back: raise this by one, and the next deploy makes another."""
    repository: RepositoryUrl | None = None
    """A Git repository that people link to their workspaces in the EMR Studio; it needs a way out of the network."""

    @property
    def scales(self) -> bool:
        """Whether the number of instances follows the load."""
        return self.maximum_units is not None and self.maximum_units > self.minimum_units

    @model_validator(mode="before")
    @classmethod
    def _certificates_are_yours(cls, value: Any) -> Any:
        if isinstance(value, dict) and "certificates" not in value:
            message = "is required: the key of a zip file in the data bucket with PEM certificates for the nodes"
            raise FieldError(("certificates",), f"{message}, such as spark/tls.zip")
        return value

    @model_validator(mode="after")
    def _bounds_in_order(self) -> Self:
        if self.maximum_units is not None and self.maximum_units < self.minimum_units:
            message = f"must be at least minimum_units ({self.minimum_units}), not {self.maximum_units}"
            raise FieldError(("maximum_units",), message)
        return self
