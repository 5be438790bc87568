"""Says what `launchpad destroy --leave-data` leaves in the account, and what each of it costs."""

from __future__ import annotations

from collections.abc import Sequence

from launchpad.cli.following import of
from launchpad.cli.terminal import note, show, table
from launchpad.platform_client.retained import Retained

KINDS: dict[str, tuple[str, str]] = {
    "AWS::S3::Bucket": ("bucket", "by the gigabyte, with noncurrent versions"),
    "AWS::KMS::Key": ("key", "about 1 USD a month; without it, what it encrypted is lost"),
    "AWS::ECR::Repository": ("repository", "by the gigabyte of its images"),
    "AWS::Logs::LogGroup": ("log group", "by the gigabyte; its retention empties it"),
    "AWS::SQS::Queue": ("queue", "nothing while it is not used"),
    "AWS::SageMaker::NotebookInstance": ("notebook", "by the hour while it runs; its volume always"),
    "AWS::SageMaker::NotebookInstanceLifecycleConfig": ("lifecycle script", "nothing"),
    "AWS::SageMaker::CodeRepository": ("code repository", "nothing"),
    "AWS::SageMaker::Domain": ("Studio domain", "nothing; its spaces' volumes by the gigabyte"),
    "AWS::SageMaker::UserProfile": ("Studio user", "nothing"),
    "AWS::SageMaker::MlflowApp": ("MLflow App", "no hourly price; its artifacts are in a bucket"),
    "AWS::SageMaker::MlflowTrackingServer": ("MLflow server", "by the hour until it is stopped or deleted"),
    "AWS::IAM::Role": ("role", "nothing"),
    "AWS::IAM::Policy": ("policy of a role", "nothing"),
}
"""What a retained resource is called, and what it costs."""


def say_what_is_left(env: str, retained: Sequence[Retained], registry: Sequence[str]) -> None:
    """List what is still in the account, no longer managed, in the order of `KINDS`."""
    if not retained and not registry:
        return
    order = list(KINDS)
    rows = [(*KINDS.get(item.kind, (item.kind, "cost not known here")), item) for item in retained]
    rows.sort(key=lambda row: (order.index(row[2].kind) if row[2].kind in KINDS else len(order), row[2].name))
    cells = [[noun, item.name, cost] for noun, cost, item in rows]
    cells += [["model package group", group, "nothing; its artifacts are in a bucket"] for group in registry]
    show(table("Still in the account, and no longer managed", ("what", "name", "costs"), cells))
    note("the logs of jobs and endpoints (/aws/sagemaker/...) stay too, and cost by the gigabyte")
    note(f"to manage buckets, key, repositories and MLflow server again: `launchpad deploy{of(env)}`")
