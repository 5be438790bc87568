"""Where templates have policies, and the holder of each.

Note: policies are grouped by holder, not by the resource that declares them, so that moving a statement from a
role's inline policy to an attached managed policy is no change. A managed policy is its own holder only if no template
attaches it, or if it is a permissions boundary.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from template_diff.environment import Resource, Resources
from template_diff.references import Value, canonical, reference, resource_named
from template_diff.schemas import values_at
from template_diff.statements import Grant, grants_of

IDENTITY, TRUST, BOUNDARY, ENDPOINT = "identity policy", "trust policy", "permissions boundary", "endpoint policy"
LIMITS = frozenset({BOUNDARY, ENDPOINT})
"""Policies that permit nothing, but limit what others permit."""


@dataclass(frozen=True)
class Source:
    """Where one resource type declares policies."""

    document: str
    """The property path of the policy documents."""
    kind: str
    holders: tuple[str, ...] = ()
    """The property paths that name the holders; if empty, the resource is the holder."""
    unset: Value = field(default_factory=dict)
    """AWS's default document if the property is missing."""


def _allow(principal: Value, actions: str) -> Value:
    return {"Statement": [{"Effect": "Allow", "Principal": principal, "Action": actions, "Resource": "*"}]}


_ACCOUNT_MAY_USE_KEY = _allow({"AWS": reference("AWS::AccountId")}, "kms:*")
_ATTACHED = ("Roles.*", "Users.*", "Groups.*")
_INLINE = Source("Policies.*.PolicyDocument", IDENTITY)
SOURCES: Mapping[str, tuple[Source, ...]] = {
    "AWS::Backup::BackupVault": (Source("AccessPolicy", "vault policy"),),
    "AWS::DynamoDB::Table": (Source("ResourcePolicy.PolicyDocument", "table policy"),),
    "AWS::EC2::VPCEndpoint": (Source("PolicyDocument", ENDPOINT, unset=_allow("*", "*")),),
    "AWS::ECR::RegistryPolicy": (Source("PolicyText", "registry policy"),),
    "AWS::ECR::Repository": (Source("RepositoryPolicyText", "repository policy"),),
    "AWS::EFS::FileSystem": (
        Source("FileSystemPolicy", "file system policy", unset=_allow("*", "elasticfilesystem:Client*")),
    ),
    "AWS::Events::EventBus": (Source("Policy", "event bus policy"),),
    "AWS::Events::EventBusPolicy": (Source("Statement", "event bus policy", ("EventBusName",)),),
    "AWS::IAM::Group": (_INLINE,),
    "AWS::IAM::GroupPolicy": (Source("PolicyDocument", IDENTITY, ("GroupName",)),),
    "AWS::IAM::ManagedPolicy": (Source("PolicyDocument", IDENTITY, _ATTACHED),),
    "AWS::IAM::Policy": (Source("PolicyDocument", IDENTITY, _ATTACHED),),
    "AWS::IAM::Role": (Source("AssumeRolePolicyDocument", TRUST), _INLINE),
    "AWS::IAM::RolePolicy": (Source("PolicyDocument", IDENTITY, ("RoleName",)),),
    "AWS::IAM::User": (_INLINE,),
    "AWS::IAM::UserPolicy": (Source("PolicyDocument", IDENTITY, ("UserName",)),),
    "AWS::KMS::Key": (Source("KeyPolicy", "key policy", unset=_ACCOUNT_MAY_USE_KEY),),
    "AWS::KMS::ReplicaKey": (Source("KeyPolicy", "key policy", unset=_ACCOUNT_MAY_USE_KEY),),
    "AWS::Kinesis::ResourcePolicy": (Source("ResourcePolicy", "stream policy", ("ResourceArn",)),),
    "AWS::Lambda::LayerVersionPermission": (Source("", "layer policy", ("LayerVersionArn",)),),
    "AWS::Lambda::Permission": (Source("", "function policy", ("FunctionName",)),),
    "AWS::Logs::LogGroup": (Source("ResourcePolicyDocument", "log group policy"),),
    "AWS::Logs::ResourcePolicy": (Source("PolicyDocument", "log resource policy"),),
    "AWS::S3::AccessPoint": (Source("Policy", "access point policy"),),
    "AWS::S3::BucketPolicy": (Source("PolicyDocument", "bucket policy", ("Bucket",)),),
    "AWS::SNS::TopicInlinePolicy": (Source("PolicyDocument", "topic policy", ("TopicArn",)),),
    "AWS::SNS::TopicPolicy": (Source("PolicyDocument", "topic policy", ("Topics.*",)),),
    "AWS::SQS::QueueInlinePolicy": (Source("PolicyDocument", "queue policy", ("Queue",)),),
    "AWS::SQS::QueuePolicy": (Source("PolicyDocument", "queue policy", ("Queues.*",)),),
    "AWS::SSO::PermissionSet": (Source("InlinePolicy", IDENTITY),),
    "AWS::SageMaker::ModelPackageGroup": (Source("ModelPackageGroupPolicy", "model package group policy"),),
    "AWS::SecretsManager::ResourcePolicy": (Source("ResourcePolicy", "secret policy", ("SecretId",)),),
}
"""The policies that are read, by resource type. To support another kind of policy, add a line here."""

PERMISSION_CONDITIONS: Mapping[str, tuple[str, str]] = {
    "SourceArn": ("ArnLike", "aws:SourceArn"),
    "SourceAccount": ("StringEquals", "aws:SourceAccount"),
    "PrincipalOrgID": ("StringEquals", "aws:PrincipalOrgID"),
    "OrganizationId": ("StringEquals", "aws:PrincipalOrgID"),
    "EventSourceToken": ("StringEquals", "lambda:EventSourceToken"),
    "FunctionUrlAuthType": ("StringEquals", "lambda:FunctionUrlAuthType"),
}
"""Members of a Lambda permission that restrict it, and the condition that Lambda creates from each."""


_ATTACHMENTS: Mapping[str, tuple[str, ...]] = {
    "AWS::IAM::Group": ("ManagedPolicyArns.*",),
    "AWS::IAM::Role": ("ManagedPolicyArns.*",),
    "AWS::IAM::User": ("ManagedPolicyArns.*", "Groups.*"),
    "AWS::SSO::PermissionSet": ("ManagedPolicies.*",),
}
"""Properties that give a holder permissions from elsewhere, by resource type."""


@dataclass
class Holding:
    """The content of one holder's policies."""

    grants: dict[str, list[Grant]] = field(default_factory=lambda: defaultdict(list))
    """Grants by kind of policy."""
    unwritten: dict[str, list[Grant]] = field(default_factory=lambda: defaultdict(list))
    """AWS's default grants, which apply if the template has no policy, by kind of policy."""
    attached: set[str] = field(default_factory=set)
    """Managed policies (and groups) whose statements are in no template."""
    boundary: str | None = None


def holdings(resources: Resources) -> dict[str, Holding]:
    """Every holder of policies in one environment: a `stack/LogicalId`, or a literal name or ARN."""
    by_holder: dict[str, Holding] = defaultdict(Holding)
    for resource in resources.values():
        for source in SOURCES.get(resource.type, ()):
            grants = list(_written(resource, source))
            for holder, kind in _holders(resource, source, resources):
                by_holder[holder].grants[kind].extend(grants)
                if source.document and not any(True for _ in values_at(resource.properties, source.document)):
                    by_holder[holder].unwritten[kind].extend(grants_of(source.unset))
        if resource.type in _ATTACHMENTS:
            by_holder[resource.name].attached.update(name for name in _attached(resource) if name not in resources)
            by_holder[resource.name].boundary = _boundary(resource)
    return dict(by_holder)


def _written(resource: Resource, source: Source) -> Iterator[Grant]:
    if not source.document:
        yield from grants_of({"Statement": [_permission_statement(resource)]})
    for document in values_at(resource.properties, source.document):
        bare = isinstance(document, dict) and "Statement" not in document and "Effect" in document
        yield from grants_of({"Statement": [document]} if bare else document)


def _permission_statement(permission: Resource) -> dict[str, Value]:
    """The statement that Lambda adds to the function's policy for a Lambda permission."""
    read = permission.properties
    condition: dict[str, Value] = {
        operator: {key: read[member]} for member, (operator, key) in PERMISSION_CONDITIONS.items() if member in read
    }
    principal = canonical(read.get("Principal", "*"))
    return {
        "Effect": "Allow",
        "Action": read.get("Action", "lambda:InvokeFunction"),
        "Principal": {"Service" if ".amazonaws.com" in principal else "AWS": principal},
        "Condition": condition,
    }


def _holders(resource: Resource, source: Source, resources: Resources) -> list[tuple[str, str]]:
    """Each holder of the policies that `source` declares, with their kind for this holder."""
    values = [value for path in source.holders for value in values_at(resource.properties, path)]
    holders = [(resource_named(canonical(value)), source.kind) for value in values]
    if resource.type != "AWS::IAM::ManagedPolicy":
        return holders if source.holders else [(resource.name, source.kind)]
    holders += [(name, source.kind) for name, other in resources.items() if resource.name in _attached(other)]
    if any(resource_named(_boundary(other) or "") == resource.name for other in resources.values()):
        return [*holders, (resource.name, BOUNDARY)]
    return holders or [(resource.name, source.kind)]


def _attached(resource: Resource) -> list[str]:
    paths = _ATTACHMENTS.get(resource.type, ())
    return [resource_named(canonical(value)) for path in paths for value in values_at(resource.properties, path)]


def _boundary(resource: Resource) -> str | None:
    raw = resource.properties.get("PermissionsBoundary")
    return None if raw is None else canonical(raw)
