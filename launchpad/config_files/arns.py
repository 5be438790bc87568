"""ARNs in a config: the patterns of their kinds, and whether they belong to the environment's region and account."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from launchpad.config_files.aws_facts import partition_of
from launchpad.config_files.yaml_source import pattern

PolicyArn = Annotated[
    str,
    pattern(
        r"^arn:aws[a-z-]*:iam::(aws|[0-9]{12}):policy/([!-.0-~]+/)*[A-Za-z0-9_+=,.@-]{1,128}$",
        "write the ARN of a managed policy, arn:aws:iam::ACCOUNT:policy/NAME",
    ),
]
"""A managed policy of the account or of AWS itself; both may be a boundary (`PermissionsBoundary` of CreateRole)."""
RoleArn = Annotated[
    str,
    pattern(
        r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/([!-.0-~]+/)*[A-Za-z0-9_+=,.@-]{1,64}$",
        "write the ARN of a role, arn:aws:iam::ACCOUNT:role/NAME",
    ),
]
SecretArn = Annotated[
    str,
    pattern(
        r"^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:AmazonSageMaker-[A-Za-z0-9_/+=.@-]+$",
        "write the ARN of a secret whose name begins with AmazonSageMaker-",
    ),
]
KeyArn = Annotated[
    str,
    pattern(
        r"^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$",
        "write the ARN of a KMS key, arn:aws:kms:REGION:ACCOUNT:key/ID",
    ),
]
"""A key's id is a UUID, or has the prefix of a multi-Region key (`KeyIdType` of KMS)."""
ProviderArn = Annotated[
    str,
    pattern(
        r"^arn:aws[a-z-]*:iam::[0-9]{12}:(saml-provider/[A-Za-z0-9_.-]{1,128}|oidc-provider/[a-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9_./~-]*)?)$",
        "write the ARN of an identity provider of IAM, such as arn:aws:iam::ACCOUNT:saml-provider/NAME or"
        " arn:aws:iam::ACCOUNT:oidc-provider/HOST",
    ),
]
PackageArn = Annotated[
    str,
    pattern(
        r"^arn:aws[a-z-]*:sagemaker:[a-z0-9-]+:[0-9]{12}:model-package/[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}/[1-9][0-9]{0,8}$",
        "write the ARN of a version of a model package, such as"
        " arn:aws:sagemaker:REGION:ACCOUNT:model-package/dev-boston-housing/7",
    ),
]
"""A version of a group: the name is `EntityName`, the version has at most 9 digits (SageMaker's API)."""


def misplaced(arn: str, region: str, account: str | None = None) -> Iterator[str]:
    """What is wrong with an ARN of an environment in `region`, and in `account` if the ARN must be of that account.

    Parts that the ARN leaves out, such as IAM's region, are not compared. AWS's own policies fit every account.
    """
    _, partition, _, its_region, its_account, _ = arn.split(":", 5)
    if partition != partition_of(region):
        yield f"begins with arn:{partition}, and {region} is in another partition: write arn:{partition_of(region)}:..."
    elif its_region and its_region != region:
        yield f"must be in {region}, as the environment is; write the ARN of one there, not in {its_region}"
    elif account and its_account not in (account, "aws"):
        yield f"must be in the environment's account {account}, not in {its_account}; write the ARN of one there"
