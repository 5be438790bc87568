"""Permissions of jobs and endpoints: for the platform's data, key, network, logs and images."""

from __future__ import annotations

from collections.abc import Iterator

from launchpad.catalogue import Catalogue
from launchpad.catalogue.definitions import PURPOSES
from launchpad.catalogue.external_inputs import external_inputs, read_by_processing
from launchpad.catalogue.working_copies import FOLDER as WORKING_COPIES
from launchpad.images.containers import repository_name
from launchpad.images.image_lock import images_in, repository_arn
from launchpad.requests.context import CONTAINER_REFERENCE
from stacks.base.job_network import JobNetwork
from stacks.base.platform_stack import PlatformStack
from stacks.base.storage import Storage
from stacks.permissions import statements as allow
from stacks.permissions.endpoint_permissions import answer_later, capture
from stacks.permissions.monitoring_permissions import read_pinned_baselines
from stacks.permissions.policies import Statement, statement


class JobPermissions:
    """The statements of the execution roles, one method per role."""

    def __init__(self, stack: PlatformStack, *, storage: Storage, network: JobNetwork, catalogue: Catalogue) -> None:
        self._stack, self._partition = stack, stack.partition_name
        self._storage = storage
        self._network = network
        self._catalogue = catalogue

    def training(self) -> Iterator[Statement]:
        """Allow reading data and earlier models, and writing models and checkpoints."""
        yield from allow.read_objects(self._storage.data_arn)
        yield from allow.read_objects(self._storage.model_arn)
        yield allow.write_objects(self._storage.model_arn, "*/jobs/", "*/checkpoints/")
        yield from self._elsewhere("training")
        yield allow.use_key(self._storage.key_arn)
        yield allow.encrypt_output(self._storage.key_arn)
        yield from self._every_job("TrainingJobs", "training")

    def processing(self) -> Iterator[Statement]:
        """Allow reading and writing data but not scripts, reading models, and writing evaluations."""
        yield from allow.read_objects(self._storage.data_arn)
        yield allow.write_objects(self._storage.data_arn)
        working_copies = [f"{WORKING_COPIES}/"] if self._stack.settings.takes_working_copies else []
        yield allow.never_write(self._storage.data_arn, "code/", *working_copies)
        yield from allow.read_objects(self._storage.model_arn)
        yield allow.write_objects(self._storage.model_arn, "*/evaluations/", *self._monitoring_folders())
        yield from allow.read_elsewhere(self._partition, read_by_processing(self._catalogue.workloads.values()))
        yield allow.use_key(self._storage.key_arn)
        yield allow.encrypt_output(self._storage.key_arn)
        yield allow.write_sagemaker_logs(self._stack, "TransformJobs")
        yield from self._every_job("ProcessingJobs", "prepare", "evaluate", "serving", "monitoring")
        if self._monitored():
            # What a monitoring job is to do is named by its content, so no job may change it.
            yield allow.never_write(self._storage.model_arn, "*/monitoring/settings/", "*/monitoring/manifests/")
            yield from read_pinned_baselines(self._stack.settings, self._catalogue.monitored, self._partition)

    def serving(self) -> Iterator[Statement]:
        """Allow reading models, and the alarms that roll an endpoint's update back."""
        yield from allow.read_objects(self._storage.model_arn)
        alarms = self._stack.arn("cloudwatch", f"alarm:launchpad-{self._stack.settings.name}-*")
        yield statement(["cloudwatch:DescribeAlarms"], [alarms])
        yield allow.read_encrypted(self._storage.key_arn)
        if self._serves_later():
            yield from answer_later(self._storage)
        if self._monitored():
            yield from capture(self._storage)
        yield from self._every_job("Endpoints", "serving")

    def _monitoring_folders(self) -> tuple[str, ...]:
        """The folders of monitoring jobs in the model bucket, below each workload's; none without monitoring."""
        return ("*/baselines/", "*/monitoring/") if self._monitored() else ()

    def _monitored(self) -> bool:
        """Whether any workload is monitored."""
        return any(definition["monitoring"] for definition in self._catalogue.workloads.values())

    def _serves_later(self) -> bool:
        """Whether the deploy function may make asynchronous endpoints; the stack of a pinned one allows what it needs.

        A working copy may have any mode.
        """
        settings = self._stack.settings
        served = [definition["serving"] for definition in self._catalogue.workloads.values() if definition["serving"]]
        asynchronous = any(section["mode"] == "async" for section in served)
        return settings.direct_deploy and (asynchronous or settings.takes_working_copies)

    def _elsewhere(self, *sections: str) -> list[Statement]:
        """Allow reading data that workloads name by a URI. A bucket in another account must allow it too."""
        return allow.read_elsewhere(self._partition, external_inputs(self._catalogue.workloads.values(), *sections))

    def _every_job(self, log_group: str, *sections: str) -> Iterator[Statement]:
        yield from allow.attach_encrypted_volumes(self._storage.key_arn)
        yield from allow.join_network(self._network)
        yield allow.write_sagemaker_logs(self._stack, log_group)
        yield allow.put_sagemaker_metrics()
        yield from allow.pull_images(self.repositories(*sections))

    def pull_for_local_mode(self) -> list[Statement]:
        """Allow pulling what jobs and endpoints run, for SageMaker's local mode on a notebook instance with Docker."""
        return allow.pull_images(self.repositories("training", "prepare", "evaluate", "serving"))

    def repositories(self, *sections: str) -> list[str]:
        """Return the ARNs of the repositories with the images of these sections in the catalogue.

        A working copy may use any of AWS's images in the image lock: those of its sections' purposes.
        """
        images = {
            definition[section][key]
            for definition in self._catalogue.workloads.values()
            for section in sections
            for key in ("image", "rule_image")
            if definition.get(section) and key in definition[section]
        }
        arns = {self._repository(image) for image in images}
        if self._stack.settings.takes_working_copies:
            purposes = sorted({PURPOSES[section] for section in sections if section in PURPOSES})
            arns |= {image.repository_arn for image in images_in(self._stack.settings.region, purposes)}
        return sorted(arns)

    def _repository(self, image: str) -> str:
        container = image.removeprefix(CONTAINER_REFERENCE)
        if container == image:
            return repository_arn(image, self._partition)
        name = repository_name(self._stack.settings.name, container)
        return self._stack.arn("ecr", f"repository/{name}")
