"""The key's policy: the account's IAM policies decide who manages and who uses the key, by explicit actions.

CDK's default policy allows `kms:*`. This one lists what an account needs, with `kms:PutKeyPolicy`, so that an
administrator can't be locked out. KMS actions that AWS adds later are not granted until they are listed here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from stacks.base.platform_stack import PlatformStack
from stacks.permissions.audit_permissions import encrypt_records
from stacks.permissions.policies import Statement, document, statement
from stacks.permissions.principals import account_root, publishers, regional_logs

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


def key_policy(stack: PlatformStack, elsewhere: Iterable[Statement] = ()) -> dict[str, Any]:
    """Delegate to IAM in the key's account, and allow the AWS services that use the key without a role.

    `elsewhere` are the statements for other accounts.
    """
    root = {"Principal": {"AWS": account_root(stack)}}
    log_groups = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": stack.arn("logs", "log-group:*")}}
    logs = {"Principal": {"Service": regional_logs(stack)}, "Condition": log_groups}
    # Step Functions' logs are encrypted with the state machine's key until they are delivered ("Data at rest encryption
    # in Step Functions", developer guide: log groups with a customer managed key).
    any_log = {"StringLike": {"kms:EncryptionContext:SourceArn": stack.arn("logs", "*")}}
    delivery = {"Principal": {"Service": "delivery.logs.amazonaws.com"}, "Condition": any_log}
    encrypt_alerts = _allow(["kms:Decrypt", "kms:GenerateDataKey"])
    return document(
        [
            {"Sid": "Administration", **_allow(ADMINISTRATION), **root},
            {"Sid": "Use", **_allow(USE), **root},
            {**_allow(ENCRYPT), **logs},
            {**_allow(["kms:Decrypt"]), **delivery},
            *(encrypt_records(stack) if stack.settings.audit else ()),
            *({**encrypt_alerts, **publisher} for publisher in publishers(stack).values()),
            *elsewhere,
        ]
    )


def _allow(actions: list[str]) -> Statement:
    """Allow `actions` on the key: in a key policy, `*` is that key."""
    return statement(actions, ["*"])
