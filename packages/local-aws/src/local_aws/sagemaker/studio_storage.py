"""The file system of a Studio domain: created with it in the customer's account; the customer deletes it.

Two security groups come with it, whose rules refer to each other: while they exist, the VPC can't be deleted.
"""

from __future__ import annotations

import time
from typing import Any

from botocore.exceptions import ClientError

from local_aws.api.store import Record
from local_aws.context import Context

NFS = 2049


class StudioStorage:
    """Creates and deletes them, with the same clients as any caller."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def create(self, domain: Record) -> str:
        """Create the file system and return its id; raises when the VPC or a subnet does not exist."""
        efs = self._context.client("efs", domain.scope, None)
        key = domain.details.get("KmsKeyId")
        file_system = efs.create_file_system(
            CreationToken=domain.name,
            Encrypted=True,
            **({"KmsKeyId": key} if key else {}),
            Tags=[{"Key": "ManagedByAmazonSageMakerResource", "Value": domain.arn}],
        )
        identifier = str(file_system["FileSystemId"])
        if domain.details.get("VpcId"):
            inbound = self._groups(domain)
            for subnet in domain.details.get("SubnetIds", ()):
                efs.create_mount_target(FileSystemId=identifier, SubnetId=subnet, SecurityGroups=[inbound])
        return identifier

    def delete(self, domain: Record) -> None:
        """Delete everything that came with the domain."""
        efs = self._context.client("efs", domain.scope, None)
        identifier = domain.details["HomeEfsFileSystemId"]
        for target in efs.describe_mount_targets(FileSystemId=identifier)["MountTargets"]:
            efs.delete_mount_target(MountTargetId=target["MountTargetId"])
        while efs.describe_mount_targets(FileSystemId=identifier)["MountTargets"]:
            time.sleep(0.05)
        efs.delete_file_system(FileSystemId=identifier)
        self._remove_groups(domain)

    def _groups(self, domain: Record) -> str:
        ec2 = self._context.client("ec2", domain.scope, None)
        vpc = domain.details["VpcId"]
        inbound, outbound = (
            ec2.create_security_group(GroupName=name, Description="SageMaker Studio: NFS", VpcId=vpc)["GroupId"]
            for name in _names(domain)
        )
        ec2.authorize_security_group_ingress(GroupId=inbound, IpPermissions=[_nfs(outbound)])
        ec2.authorize_security_group_egress(GroupId=outbound, IpPermissions=[_nfs(inbound)])
        return str(inbound)

    def _remove_groups(self, domain: Record) -> None:
        ec2 = self._context.client("ec2", domain.scope, None)
        groups = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": list(_names(domain))}])
        for group in groups["SecurityGroups"]:
            if group["IpPermissions"]:
                ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=group["IpPermissions"])
            if group["IpPermissionsEgress"]:
                ec2.revoke_security_group_egress(GroupId=group["GroupId"], IpPermissions=group["IpPermissionsEgress"])
        for group in groups["SecurityGroups"]:
            try:
                ec2.delete_security_group(GroupId=group["GroupId"])
            except ClientError as error:
                if "NotFound" not in error.response["Error"]["Code"]:
                    raise


def _names(domain: Record) -> tuple[str, str]:
    return f"security-group-for-inbound-nfs-{domain.name}", f"security-group-for-outbound-nfs-{domain.name}"


def _nfs(group: str) -> dict[str, Any]:
    return {"IpProtocol": "tcp", "FromPort": NFS, "ToPort": NFS, "UserIdGroupPairs": [{"GroupId": group}]}
