"""The key and the buckets: what the storage stack passes to the other stacks."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import aws_kms as kms


@dataclass(frozen=True)
class Storage:
    """The environment's key, and the names and ARNs of its buckets.

    Names and ARNs are kept as text, because each read of a CDK attribute is a call into its kernel.
    """

    key: kms.IKey
    key_arn: str
    data_bucket: str
    data_arn: str
    model_bucket: str
    model_arn: str
    log_bucket: str
    log_arn: str
