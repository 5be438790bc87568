"""The policy of a key: the account's own IAM policies decide who manages it and who uses it, by actions that are named.

CDK's own policy says `kms:*`. This one names what an account needs: an administrator keeps the way back in
(`kms:PutKeyPolicy`), and what AWS adds to KMS one day is nobody's until it stands here.
"""

from __future__ import annotations

from typing import Any

from stacks.constructs.platform_stack import PlatformStack
from stacks.permissions.policies import Statement, document, statement
from stacks.permissions.principals import account_root, publishers

ADMINISTRATION = [
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RetireGrant",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
]
USE = [
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
]


ENCRYPT = [
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
]


def key_policy(stack: PlatformStack) -> dict[str, Any]:
    """Leave it to IAM in the account that the key is in, and let AWS's services use it that come by themselves."""
    root = {"Principal": {"AWS": account_root(stack)}}
    log_groups = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": stack.arn("logs", "log-group:*")}}
    logs = {"Principal": {"Service": f"logs.{stack.settings.region}.amazonaws.com"}, "Condition": log_groups}
    encrypt_alerts = _allow(["kms:Decrypt", "kms:GenerateDataKey"])
    return document(
        [
            {"Sid": "Administration", **_allow(ADMINISTRATION), **root},
            {"Sid": "Use", **_allow(USE), **root},
            {**_allow(ENCRYPT), **logs},
            *({**encrypt_alerts, **publisher} for publisher in publishers(stack).values()),
        ]
    )


def _allow(actions: list[str]) -> Statement:
    """In a key's own policy, `*` is that key."""
    return statement(actions, ["*"])
