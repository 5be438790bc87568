"""The key of a log group: CloudWatch Logs uses it without a role, so the key's policy has to allow that."""

from __future__ import annotations

from typing import Any

from local_aws.api.errors import AwsError
from local_aws.api.service import Scope
from local_aws.iam.enforcement import Enforcement, Need

ACTIONS = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey")


def check_log_group(enforcement: Enforcement, scope: Scope, properties: dict[str, Any]) -> None:
    """Refuse, as AWS does, a log group whose key's policy leaves the service out.

    Source: "Encrypt log data in CloudWatch Logs using AWS KMS". The message is known from reports of it.
    """
    if not (key := properties.get("KmsKeyId")):
        return
    group = scope.arn("logs", f"log-group:{properties.get('LogGroupName', 'generated')}")
    context = (("kms:encryptioncontext:aws:logs:arn", group),)
    service = f"logs.{scope.region}.amazonaws.com"
    if not all(enforcement.serves(scope, service, Need(action, key, context)) for action in ACTIONS):
        message = f"The specified KMS key does not exist or is not allowed to be used with LogGroup '{group}'"
        raise AwsError("AccessDeniedException", message)
