"""Which resources hold data, and whether CloudFormation keeps it when the resource is deleted.

Note: a replacement obeys UpdateReplacePolicy and a removal DeletionPolicy; neither applies to the other. A removal
obeys the policy of the deployed template, a replacement that of the new one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from template_diff.environment import Resource
from template_diff.model import DataFate, PropertyChange
from template_diff.references import Value

HOLDS: Mapping[str, str] = {
    "AWS::Athena::WorkGroup": "its saved queries and query history",
    "AWS::Backup::BackupVault": "its recovery points",
    "AWS::CloudTrail::EventDataStore": "its events",
    "AWS::CodeCommit::Repository": "its commits",
    "AWS::Cognito::UserPool": "its users",
    "AWS::DocDB::DBCluster": "its documents",
    "AWS::DynamoDB::GlobalTable": "its items",
    "AWS::DynamoDB::Table": "its items",
    "AWS::EC2::Instance": "its instance-store and root volumes",
    "AWS::EC2::Volume": "the volume's files",
    "AWS::ECR::PublicRepository": "its images",
    "AWS::ECR::Repository": "its images",
    "AWS::EFS::FileSystem": "its files",
    "AWS::EMR::Cluster": "what is in HDFS and on its volumes",
    "AWS::EMR::Studio": "its Workspaces",
    "AWS::ElastiCache::CacheCluster": "what it caches",
    "AWS::ElastiCache::ReplicationGroup": "what it caches",
    "AWS::Elasticsearch::Domain": "its indices",
    "AWS::FSx::FileSystem": "its files",
    "AWS::FSx::Volume": "the volume's files",
    "AWS::Glue::Database": "its table definitions",
    "AWS::Glue::Table": "its partitions",
    "AWS::KMS::Key": "the key, and with it all that it encrypted",
    "AWS::KMS::ReplicaKey": "the key, and with it what it encrypted in its region",
    "AWS::Kinesis::Stream": "its records",
    "AWS::Logs::LogGroup": "its log events",
    "AWS::MSK::Cluster": "its topics",
    "AWS::MWAA::Environment": "its metadata database",
    "AWS::MemoryDB::Cluster": "its data",
    "AWS::Neptune::DBCluster": "its graph",
    "AWS::NeptuneGraph::Graph": "its graph",
    "AWS::OpenSearchServerless::Collection": "its indices",
    "AWS::OpenSearchService::Domain": "its indices",
    "AWS::RDS::DBCluster": "its databases",
    "AWS::RDS::DBInstance": "its databases",
    "AWS::Redshift::Cluster": "its databases",
    "AWS::RedshiftServerless::Namespace": "its databases",
    "AWS::S3::Bucket": "its objects",
    "AWS::S3Express::DirectoryBucket": "its objects",
    "AWS::S3Tables::Namespace": "its tables",
    "AWS::S3Tables::Table": "its rows",
    "AWS::S3Tables::TableBucket": "its tables",
    "AWS::S3Vectors::Index": "its vectors",
    "AWS::S3Vectors::VectorBucket": "its vectors",
    "AWS::SQS::Queue": "its messages",
    "AWS::SageMaker::Cluster": "its nodes' volumes",
    "AWS::SageMaker::Domain": "its home directories, spaces and apps",
    "AWS::SageMaker::FeatureGroup": "its feature records",
    "AWS::SageMaker::MlflowTrackingServer": "its experiments' metadata",
    "AWS::SageMaker::ModelPackageGroup": "its registered model versions",
    "AWS::SageMaker::NotebookInstance": "the notebook's volume",
    "AWS::SageMaker::Space": "the space's volume",
    "AWS::SageMaker::UserProfile": "the user's home directory and apps",
    "AWS::SecretsManager::Secret": "the secret's value",
    "AWS::Timestream::Database": "its tables",
    "AWS::Timestream::Table": "its records",
}
"""The data that is lost with a resource, in words, by type."""

_SNAPSHOT = frozenset(
    {
        "AWS::DocDB::DBCluster",
        "AWS::EC2::Volume",
        "AWS::ElastiCache::CacheCluster",
        "AWS::ElastiCache::ReplicationGroup",
        "AWS::Neptune::DBCluster",
        "AWS::RDS::DBCluster",
        "AWS::RDS::DBInstance",
        "AWS::Redshift::Cluster",
    }
)
"""Types of which CloudFormation can take a snapshot first."""

_SNAPSHOT_UNASKED = frozenset({"AWS::RDS::DBCluster", "AWS::RDS::DBInstance"})
"""Types whose default DeletionPolicy is Snapshot (except an instance within a cluster)."""

_KEEPING = ("Retain", "RetainExceptOnCreate")

_AUTO_DELETE = "aws-cdk:auto-delete-objects"
"""The tag by which the CDK's custom resource empties a bucket before CloudFormation deletes it."""


def _has_tag(properties: Mapping[str, Value]) -> bool:
    tags = properties.get("Tags")
    return isinstance(tags, list) and {"Key": _AUTO_DELETE, "Value": "true"} in tags


def _has(name: str) -> Callable[[Mapping[str, Value]], bool]:
    return lambda properties: properties.get(name) == "true"


def _never(_: Mapping[str, Value]) -> bool:
    return False


_EMPTIED_FIRST: Mapping[str, Callable[[Mapping[str, Value]], bool]] = {
    "AWS::Athena::WorkGroup": _has("RecursiveDeleteOption"),
    "AWS::Backup::BackupVault": _never,
    "AWS::ECR::PublicRepository": _never,
    "AWS::ECR::Repository": _has("EmptyOnDelete"),
    "AWS::S3::Bucket": _has_tag,
    "AWS::S3Express::DirectoryBucket": _never,
    "AWS::S3Tables::Namespace": _never,
    "AWS::S3Tables::TableBucket": _never,
    "AWS::S3Vectors::VectorBucket": _never,
    "AWS::SageMaker::ModelPackageGroup": _never,
}
"""Types whose service deletes only what is empty, and whether properties let CloudFormation empty them first."""


def fate_when_removed(deployed: Resource) -> DataFate | None:
    """What happens to the data of a resource that the new template lacks; None if it holds none."""
    return _fate(deployed, deployed, "DeletionPolicy")


def fate_when_replaced(old: Resource, new: Resource) -> DataFate | None:
    """What happens to the data of a resource that is replaced; None if it holds none."""
    return _fate(old, new, "UpdateReplacePolicy")


def is_retained(deployed: Resource) -> bool:
    """Whether CloudFormation leaves the resource in the account when the template no longer has it."""
    return _policy(deployed, "DeletionPolicy") in _KEEPING


def lost_protection(old: Resource, new: Resource) -> tuple[PropertyChange, ...]:
    """Policies that keep the data in `old` but not in `new`."""
    if new.type not in HOLDS:
        return ()
    return tuple(
        PropertyChange(name, _policy(old, name), _policy(new, name))
        for name in ("DeletionPolicy", "UpdateReplacePolicy")
        if _keeps(old, name) and not _keeps(new, name)
    )


def _fate(deployed: Resource, decides: Resource, attribute: str) -> DataFate | None:
    """The fate of what `deployed` holds, by the policy of `decides`."""
    holds = HOLDS.get(deployed.type)
    if holds is None:
        return None
    if _keeps(decides, attribute):
        return DataFate(holds, f"{attribute}: {_policy(decides, attribute)}")
    emptied = _EMPTIED_FIRST.get(deployed.type)
    return DataFate(holds, None, undeletable=emptied is not None and not emptied(deployed.properties))


def _keeps(resource: Resource, attribute: str) -> bool:
    policy = _policy(resource, attribute)
    return policy in _KEEPING or (policy == "Snapshot" and resource.type in _SNAPSHOT)


def _policy(resource: Resource, attribute: str) -> str:
    unasked = (
        attribute == "DeletionPolicy"
        and resource.type in _SNAPSHOT_UNASKED
        and "DBClusterIdentifier" not in resource.properties
    )
    return str(resource.attributes.get(attribute, "Snapshot" if unasked else "Delete"))
