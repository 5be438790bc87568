"""The kinds of resources that people work in, with AWS's messages for a missing resource and for a name in use."""

from __future__ import annotations

from local_aws.api.errors import AwsError, validation_error
from local_aws.api.store import Kind


def _record_not_found(_kind: Kind, _arn: str) -> AwsError:
    return validation_error("RecordNotFound")


def _no_lifecycle_config(_kind: Kind, arn: str) -> AwsError:
    return validation_error(
        f"Unable to describe Notebook Instance Lifecycle Config '{arn}'. "
        "(Details: Notebook Instance Lifecycle Config does not exist.)"
    )


def _duplicate(_kind: Kind, arn: str) -> AwsError:
    return validation_error(f"Cannot create a duplicate resource ({arn}).")


def _not_there(kind: Kind, arn: str) -> AwsError:
    name = arn.partition("/")[2].split("/")
    return AwsError("ResourceNotFound", f"{kind.member} [{name[-1]}] does not exist.")


def _in_use(kind: Kind, arn: str) -> AwsError:
    return AwsError("ResourceInUse", f"{kind.member} {arn} already exists.")


NOTEBOOK_INSTANCE = Kind(
    name="notebook instance",
    member="NotebookInstance",
    arn_type="notebook-instance",
    missing=_record_not_found,
    exists=_duplicate,
)
NOTEBOOK_LIFECYCLE_CONFIG = Kind(
    name="notebook instance lifecycle configuration",
    member="NotebookInstanceLifecycleConfig",
    arn_type="notebook-instance-lifecycle-config",
    missing=_no_lifecycle_config,
    exists=_duplicate,
)
CODE_REPOSITORY = Kind(
    name="code repository",
    member="CodeRepository",
    arn_type="code-repository",
    missing=lambda _kind, arn: validation_error(f"Cannot find CodeRepository: {arn}"),
    exists=_duplicate,
)
STUDIO_LIFECYCLE_CONFIG = Kind(
    name="studio lifecycle configuration",
    member="StudioLifecycleConfig",
    arn_type="studio-lifecycle-config",
    missing=_not_there,
    exists=_in_use,
)
DOMAIN = Kind(name="domain", member="Domain", arn_type="domain", missing=_not_there, exists=_in_use)
USER_PROFILE = Kind(
    name="user profile", member="UserProfile", arn_type="user-profile", missing=_not_there, exists=_in_use
)
SPACE = Kind(name="space", member="Space", arn_type="space", missing=_not_there, exists=_in_use)
APP = Kind(name="app", member="App", arn_type="app", missing=_not_there, exists=_in_use)
