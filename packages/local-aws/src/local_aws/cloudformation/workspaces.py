"""Resource types that people work in: notebook instances, code repositories, SageMaker Studio."""

from __future__ import annotations

from typing import Any, ClassVar

from local_aws.cloudformation.client_resource import until
from local_aws.cloudformation.resource_type import Created, Properties
from local_aws.cloudformation.sagemaker_resource import SageMakerResource

PASSING = frozenset({"Pending", "Updating", "Deleting", "Stopping"})
DISSOCIATED = {
    "LifecycleConfigName": "DisassociateLifecycleConfig",
    "DefaultCodeRepository": "DisassociateDefaultCodeRepository",
    "AdditionalCodeRepositories": "DisassociateAdditionalCodeRepositories",
}


class NotebookInstance(SageMakerResource):
    """An update stops a running instance, changes it and starts it again, as CloudFormation does."""

    type_name = "AWS::SageMaker::NotebookInstance"
    noun = "NotebookInstance"
    name_property = "NotebookInstanceName"
    attributes = ("NotebookInstanceArn", "NotebookInstanceName")
    busy = PASSING
    status = "NotebookInstanceStatus"

    def change(self, client: Any, key: dict[str, Any], old: Properties, new: Properties) -> None:
        """Stop, update, start."""
        running = self.call(client, "Describe", key)[self.status] != "Stopped"
        self.before_deletion(client, key)
        removed = {flag: True for name, flag in DISSOCIATED.items() if name in old and name not in new}
        self.call(client, "Update", {**new, **key, **removed})
        until(lambda: self.call(client, "Describe", key)[self.status] not in PASSING)
        if running:
            self.call(client, "Start", key)

    def before_deletion(self, client: Any, key: dict[str, Any]) -> None:
        """Stop the instance."""
        if self.call(client, "Describe", key)[self.status] == "InService":
            self.call(client, "Stop", key)
            until(lambda: self.call(client, "Describe", key)[self.status] == "Stopped")


class NotebookInstanceLifecycleConfig(SageMakerResource):
    """A removed script becomes an empty list."""

    type_name = "AWS::SageMaker::NotebookInstanceLifecycleConfig"
    noun = "NotebookInstanceLifecycleConfig"
    name_property = "NotebookInstanceLifecycleConfigName"
    attributes = ("NotebookInstanceLifecycleConfigArn", "NotebookInstanceLifecycleConfigName")

    def change(self, client: Any, key: dict[str, Any], old: Properties, new: Properties) -> None:
        """Send both hooks, even if only one changed."""
        del old
        self.call(client, "Update", {"OnCreate": [], "OnStart": [], **new, **key})


class CodeRepository(SageMakerResource):
    """Only the secret can change."""

    type_name = "AWS::SageMaker::CodeRepository"
    noun = "CodeRepository"
    name_property = "CodeRepositoryName"
    attributes = ("CodeRepositoryArn", "CodeRepositoryName")

    def change(self, client: Any, key: dict[str, Any], old: Properties, new: Properties) -> None:
        """Update the secret, which has another structure than at creation."""
        del old
        secret = {name: value for name, value in new["GitConfig"].items() if name == "SecretArn"}
        self.call(client, "Update", {**key, "GitConfig": secret})


class StudioLifecycleConfig(SageMakerResource):
    """Immutable. Ref is its name."""

    type_name = "AWS::SageMaker::StudioLifecycleConfig"
    noun = "StudioLifecycleConfig"
    name_property = "StudioLifecycleConfigName"
    attributes = ("StudioLifecycleConfigArn",)

    def identify(self, described: dict[str, Any]) -> str:
        """The name."""
        return str(described["StudioLifecycleConfigName"])


class Domain(SageMakerResource):
    """Ref is its id. CloudFormation deletes a domain but keeps its file system."""

    type_name = "AWS::SageMaker::Domain"
    noun = "Domain"
    attributes = ("DomainArn", "DomainId", "HomeEfsFileSystemId", "Url", "SecurityGroupIdForDomainBoundary")
    busy = PASSING

    def key(self, physical_id: str) -> dict[str, str]:
        """The id, never the name."""
        return {"DomainId": physical_id}

    def identify(self, described: dict[str, Any]) -> str:
        """The id."""
        return str(described["DomainId"])

    def change(self, client: Any, key: dict[str, Any], old: Properties, new: Properties) -> None:
        """Update the domain, whose settings have another name in an update."""
        del old
        settings = {"DomainSettingsForUpdate": new["DomainSettings"]} if "DomainSettings" in new else {}
        self.call(client, "Update", {**new, **settings, **key})


class InDomain(SageMakerResource):
    """A resource whose name is unique only within a domain. Ref is `parts`, the members that identify it, joined."""

    parts: ClassVar[tuple[str, ...]]
    busy = PASSING

    def key(self, physical_id: str) -> dict[str, str]:
        """The members, from Ref's value."""
        return dict(zip(self.parts, physical_id.split("|"), strict=True))

    def identify(self, described: dict[str, Any]) -> str:
        """The members, joined."""
        return "|".join(described[name] for name in self.parts)


class UserProfile(InDomain):
    """A person's profile."""

    type_name = "AWS::SageMaker::UserProfile"
    noun = "UserProfile"
    attributes = ("UserProfileArn",)
    parts = ("UserProfileName", "DomainId")


class Space(InDomain):
    """Where apps run and files are."""

    type_name = "AWS::SageMaker::Space"
    noun = "Space"
    attributes = ("SpaceArn", "Url")
    parts = ("DomainId", "SpaceName")


class App(InDomain):
    """A running application."""

    type_name = "AWS::SageMaker::App"
    noun = "App"
    attributes = ("AppArn",)
    parts = ("AppName", "AppType", "DomainId", "UserProfileName")


class TrackingServer(SageMakerResource):
    """Ref is its name; the noun differs between operations and members."""

    type_name = "AWS::SageMaker::MlflowTrackingServer"
    noun = "MlflowTrackingServer"
    name_property = "TrackingServerName"
    attributes = ("TrackingServerArn",)
    busy = frozenset({"Creating", "Updating", "Deleting"})
    status = "TrackingServerStatus"

    def key(self, physical_id: str) -> dict[str, str]:
        """The name."""
        return {"TrackingServerName": physical_id}

    def identify(self, described: dict[str, Any]) -> str:
        """The name."""
        return str(described["TrackingServerName"])

    def arn(self, described: dict[str, Any]) -> str:
        """The ARN, from a member without "Mlflow" in its name."""
        return str(described["TrackingServerArn"])


class MlflowApp(SageMakerResource):
    """Ref is its ARN, whose end is the attribute MlflowAppId."""

    type_name = "AWS::SageMaker::MlflowApp"
    noun = "MlflowApp"
    name_property = "Name"
    attributes = ("Arn", "Status", "MlflowVersion", "CreationTime", "LastModifiedTime", "MlflowAppId")
    busy = frozenset({"Creating", "Updating", "Deleting"})

    def key(self, physical_id: str) -> dict[str, str]:
        """The ARN."""
        return {"Arn": physical_id}

    def identify(self, described: dict[str, Any]) -> str:
        """The ARN."""
        return str(described["Arn"])

    def arn(self, described: dict[str, Any]) -> str:
        """The ARN, from a member without a noun in its name."""
        return str(described["Arn"])

    def failed(self, described: dict[str, Any]) -> bool:
        """Whether the last change failed."""
        return described["Status"] in ("CreateFailed", "UpdateFailed")

    def settled(self, client: Any, key: dict[str, Any]) -> Created:
        """Wait until it is ready."""
        arn, attributes = super().settled(client, key)
        return arn, {**attributes, "MlflowAppId": arn.rpartition("/")[2]}


TYPES = (
    NotebookInstance(),
    NotebookInstanceLifecycleConfig(),
    CodeRepository(),
    StudioLifecycleConfig(),
    Domain(),
    UserProfile(),
    Space(),
    App(),
    TrackingServer(),
    MlflowApp(),
)
