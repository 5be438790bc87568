"""The key of a log group: AssociateKmsKey and DisassociateKmsKey, and which keys CloudWatch Logs takes.

A missing or disabled key is refused ("you receive an InvalidParameterException", API reference of CreateLogGroup); the
words of the message are not confirmed. With IAM enforced, the key's policy has to allow the service. Events are stored
in plain text: a key that is disabled later hides none of them.
"""

from __future__ import annotations

from typing import Any

from local_aws.api.errors import AwsError
from local_aws.iam.enforcement import Enforcement
from local_aws.iam.log_groups import check_log_group
from local_aws.ministack.added_operations import add_operations
from local_aws.ministack.scope import current_scope


def keep_keys(logs: Any, enforcement: Enforcement | None) -> None:
    """Add the operations to ministack's module, and check the keys of new groups."""
    create = logs._create_log_group

    def refused(request: dict[str, Any]) -> Any:
        """An error for a key that can't be used, or None."""
        if not (key := request.get("kmsKeyId")):
            return None
        if not _usable(key):
            return logs.error_response_json("InvalidParameterException", "The specified KMS Key Id could not be found.")
        if enforcement:
            properties = {"KmsKeyId": key, "LogGroupName": request.get("logGroupName")}
            try:
                check_log_group(enforcement, current_scope(), properties)
            except AwsError as error:
                return logs.error_response_json(error.code, error.message, 400)
        return None

    def change(request: dict[str, Any]) -> Any:
        """Set the key of a group, or take it away; results of queries are not encrypted here."""
        if request.get("resourceIdentifier"):
            message = "The local AWS associates keys with log groups only: give logGroupName."
            return logs.error_response_json("InvalidParameterException", message, 400)
        group = logs._log_groups.get(request.get("logGroupName"))
        if group is None:
            return logs.error_response_json("ResourceNotFoundException", "The specified log group does not exist.", 400)
        if error := refused(request):
            return error
        group["kmsKeyId"] = request.get("kmsKeyId")
        return logs.json_response({})

    logs._create_log_group = lambda request: refused(request) or create(request)
    add_operations(logs, {"AssociateKmsKey": change, "DisassociateKmsKey": change})


def _usable(key_arn: str) -> bool:
    from ministack.services import kms  # here, because it loads the service

    key = kms._resolve_key(key_arn)
    return bool(key) and key["KeyState"] == "Enabled" and "_symmetric_key" in key
