"""All resources that people work in, mounted in the context: notebook instances, Studio, and their configurations."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from local_aws.api.service import Operation
from local_aws.api.store import Record
from local_aws.context import Context
from local_aws.sagemaker.lifecycle_scripts import check_encoding
from local_aws.sagemaker.notebook_instances import NotebookInstances
from local_aws.sagemaker.plain_resources import PlainResources
from local_aws.sagemaker.studio import Studio
from local_aws.sagemaker.workspace_kinds import (
    CODE_REPOSITORY,
    NOTEBOOK_INSTANCE,
    NOTEBOOK_LIFECYCLE_CONFIG,
    STUDIO_LIFECYCLE_CONFIG,
)


class Workspaces:
    """The operations of all these kinds."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._parts = (
            NotebookInstances(context),
            PlainResources(
                context,
                NOTEBOOK_LIFECYCLE_CONFIG,
                "NotebookInstanceLifecycleConfigs",
                check=check_encoding,
                users=self._notebooks_of("NotebookInstanceLifecycleConfigName"),
            ),
            PlainResources(context, CODE_REPOSITORY, "CodeRepositories"),
            PlainResources(context, STUDIO_LIFECYCLE_CONFIG, "StudioLifecycleConfigs"),
            Studio(context),
        )

    def operations(self) -> dict[str, Operation]:
        """The operations, by AWS's names."""
        return {name: run for part in self._parts for name, run in part.operations().items()}

    def _notebooks_of(self, member: str) -> Callable[[Record], Iterable[str]]:
        def users(record: Record) -> Iterable[str]:
            notebooks = self._context.store.all(NOTEBOOK_INSTANCE, record.scope)
            return [notebook.name for notebook in notebooks if notebook.details.get(member) == record.name]

        return users
