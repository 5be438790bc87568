"""The policy of a key: the account's own IAM policies decide who manages it and who uses it, by actions that are named.

CDK's own policy says `kms:*`. This one names what an account needs: an administrator keeps the way back in
(`kms:PutKeyPolicy`), and what AWS adds to KMS one day is nobody's until it stands here.
"""

from __future__ import annotations

from aws_cdk import aws_iam as iam

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


def key_policy() -> iam.PolicyDocument:
    """Leave it to IAM in the account that the key is in. In a key's own policy, `*` is that key."""
    statements = [
        iam.PolicyStatement(sid=name, principals=[iam.AccountRootPrincipal()], actions=actions, resources=["*"])
        for name, actions in (("Administration", ADMINISTRATION), ("Use", USE))
    ]
    return iam.PolicyDocument(statements=statements)
