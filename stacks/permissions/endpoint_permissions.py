"""What the serving role needs in addition for one endpoint: its models, and what it writes."""

from __future__ import annotations

from collections.abc import Sequence

from launchpad.requests.capture import FOLDER
from launchpad.settings import PinnedEndpoint
from stacks.base.storage import Storage
from stacks.permissions import statements as allow
from stacks.permissions.policies import Statement, statement


def read_pinned_models(pinned: PinnedEndpoint, partition: str) -> list[Statement]:
    """Allow reading the pinned artifacts, which may be in another environment's bucket; empty with packages alone.

    Of a shared endpoint's folder the archives are listed too, because each that is there is a model.
    """
    if not pinned.model_objects:
        return []
    objects = [f"arn:{partition}:s3:::{path}" for path in pinned.model_objects]
    statements = [statement(["s3:GetObject"], objects)]
    if pinned.models:
        bucket, _, folder = pinned.models.removeprefix("s3://").partition("/")
        below = {"StringLike": {"s3:prefix": f"{folder}*"}}
        statements.append(statement(["s3:ListBucket"], [f"arn:{partition}:s3:::{bucket}"], below))
    if pinned.model_data_key:
        statements.append(statement(["kms:Decrypt"], [pinned.model_data_key]))
    return statements


def answer_later(storage: Storage, workloads: Sequence[str] = ("*",)) -> list[Statement]:
    """Allow an asynchronous endpoint to write answers and failures, encrypted ("Asynchronous inference" in the guide).

    The role may read all of the model bucket already, where callers put their input.
    """
    folders = [f"{name}/async/" for name in workloads]
    return [allow.write_objects(storage.model_arn, *folders), allow.use_key(storage.key_arn)]


def capture(storage: Storage) -> list[Statement]:
    """Allow endpoints to write what they capture of requests and answers, encrypted ("Capture data" in the guide).

    All endpoints have one role, so a folder for each workload would keep none of them from another's.
    """
    return [allow.write_objects(storage.model_arn, f"{FOLDER}/"), allow.use_key(storage.key_arn)]


def notify(topic_arn: str) -> Statement:
    """Allow an asynchronous endpoint to say that it has answered, or failed to."""
    return statement(["sns:Publish"], [topic_arn])
