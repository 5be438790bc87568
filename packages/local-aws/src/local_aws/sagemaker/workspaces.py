"""All resources that people work in, mounted in the context: notebook instances, Studio, and their configurations."""

from __future__ import annotations

from collections.abc import Iterable

from local_aws.api.service import Operation
from local_aws.api.store import Record
from local_aws.context import Context
from local_aws.sagemaker.lifecycle_scripts import check_encoding
from local_aws.sagemaker.notebook_instances import NotebookInstances
from local_aws.sagemaker.resources import Request, Resources
from local_aws.sagemaker.studio import Studio
from local_aws.sagemaker.workspace_kinds import (
    CODE_REPOSITORY,
    NOTEBOOK_INSTANCE,
    NOTEBOOK_LIFECYCLE_CONFIG,
    STUDIO_LIFECYCLE_CONFIG,
)


class NotebookLifecycleConfigs(Resources):
    """Lifecycle configurations of notebook instances."""

    kind = NOTEBOOK_LIFECYCLE_CONFIG
    sends_events = True

    def _check(self, request: Request) -> None:
        check_encoding(request)

    def _users(self, record: Record) -> Iterable[str]:
        notebooks = self._context.store.all(NOTEBOOK_INSTANCE, record.scope)
        member = record.kind.name_member
        return [notebook.name for notebook in notebooks if notebook.details.get(member) == record.name]


class CodeRepositories(Resources):
    """Git repositories that notebook instances clone."""

    kind = CODE_REPOSITORY
    plural = "CodeRepositories"


class StudioLifecycleConfigs(Resources):
    """Lifecycle configurations of Studio."""

    kind = STUDIO_LIFECYCLE_CONFIG


class Workspaces:
    """The operations of all these kinds."""

    def __init__(self, context: Context) -> None:
        parts = (NotebookInstances, NotebookLifecycleConfigs, CodeRepositories, StudioLifecycleConfigs, Studio)
        self._parts = [part(context) for part in parts]

    def operations(self) -> dict[str, Operation]:
        """The operations, by AWS's names."""
        return {name: run for part in self._parts for name, run in part.operations().items()}

    def recover(self) -> None:
        """See `Resources.recover`."""
        for part in self._parts:
            part.recover()
