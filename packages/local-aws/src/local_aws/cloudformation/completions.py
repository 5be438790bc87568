"""Properties that the general emulator's own resource types silently ignore, applied through AWS's APIs.

A bucket without the encryption in its template would make every test of it worthless. Each row has the calls for one
property: one when it is set, one when an update removes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local_aws.cloudformation.bucket_lifecycle import lifecycle_rule

Call = Callable[[Any, str, Any], object]
"""Client of the service, physical id, the property's value."""


@dataclass(frozen=True, slots=True)
class Completion:
    """The calls for one property of a type."""

    name: str
    service: str
    put: Call
    remove: Call


ENCRYPTION = {
    "ServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault",
    "BlockedEncryptionTypes": "BlockedEncryptionTypes",
}
"""S3's names of the members of a template's rule."""


def _encryption(s3: Any, bucket: str, value: Any) -> None:
    rules = [
        {
            **{ENCRYPTION[name]: rule[name] for name in ENCRYPTION if name in rule},
            "BucketKeyEnabled": _true(rule.get("BucketKeyEnabled", False)),
        }
        for rule in value["ServerSideEncryptionConfiguration"]
    ]
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": rules})


def _lifecycle(s3: Any, bucket: str, value: Any) -> None:
    rules = [lifecycle_rule(rule) for rule in value["Rules"]]
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})


def _logging(s3: Any, bucket: str, value: Any) -> None:
    target = {
        "TargetBucket": value.get("DestinationBucketName", bucket),
        "TargetPrefix": value.get("LogFilePrefix", ""),
    }
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={"LoggingEnabled": target})


def _versioning(s3: Any, bucket: str, value: Any) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": value["Status"]})


def _bucket_tags(s3: Any, bucket: str, value: Any) -> None:
    tags = [{"Key": tag["Key"], "Value": str(tag["Value"])} for tag in value]
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})


def _ownership(s3: Any, bucket: str, value: Any) -> None:
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": value["Rules"]})


def _concurrency(lambda_: Any, function: str, value: Any) -> None:
    lambda_.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=int(value))


def _topic_attribute(sns: Any, topic: str, value: Any) -> None:
    sns.set_topic_attributes(TopicArn=topic, AttributeName="KmsMasterKeyId", AttributeValue=value)


def _function_configuration(member: str, nothing: Any) -> tuple[Call, Call]:
    def put(lambda_: Any, function: str, value: Any) -> None:
        lambda_.update_function_configuration(FunctionName=function, **{member: value})

    return put, lambda lambda_, function, _old: put(lambda_, function, nothing)


def _boundary(iam: Any, role: str, value: Any) -> None:
    iam.put_role_permissions_boundary(RoleName=role, PermissionsBoundary=value)


def _execution_log(states: Any, machine: str, value: Any) -> None:
    destinations = [
        {"cloudWatchLogsLogGroup": {"logGroupArn": item["CloudWatchLogsLogGroup"]["LogGroupArn"]}}
        for item in value.get("Destinations", ())
    ]
    states.update_state_machine(
        stateMachineArn=machine,
        loggingConfiguration={
            "level": value.get("Level", "OFF"),
            "includeExecutionData": _true(value.get("IncludeExecutionData", False)),
            "destinations": destinations,
        },
    )


COMPLETIONS: Mapping[str, tuple[Completion, ...]] = {
    "AWS::S3::Bucket": (
        Completion("BucketEncryption", "s3", _encryption, lambda s3, name, _: s3.delete_bucket_encryption(Bucket=name)),
        Completion(
            "LifecycleConfiguration", "s3", _lifecycle, lambda s3, name, _: s3.delete_bucket_lifecycle(Bucket=name)
        ),
        Completion(
            "LoggingConfiguration",
            "s3",
            _logging,
            lambda s3, name, _: s3.put_bucket_logging(Bucket=name, BucketLoggingStatus={}),
        ),
        Completion(
            "VersioningConfiguration",
            "s3",
            _versioning,
            lambda s3, name, _: _versioning(s3, name, {"Status": "Suspended"}),
        ),
        Completion(
            "OwnershipControls",
            "s3",
            _ownership,
            lambda s3, name, _: s3.delete_bucket_ownership_controls(Bucket=name),
        ),
        Completion("Tags", "s3", _bucket_tags, lambda s3, name, _: s3.delete_bucket_tagging(Bucket=name)),
    ),
    "AWS::Lambda::Function": (
        Completion("DeadLetterConfig", "lambda", *_function_configuration("DeadLetterConfig", {"TargetArn": ""})),
        Completion("KmsKeyArn", "lambda", *_function_configuration("KMSKeyArn", "")),
        Completion(
            "ReservedConcurrentExecutions",
            "lambda",
            _concurrency,
            lambda lambda_, name, _: lambda_.delete_function_concurrency(FunctionName=name),
        ),
    ),
    "AWS::IAM::Role": (
        Completion(
            "PermissionsBoundary",
            "iam",
            _boundary,
            lambda iam, role, _: iam.delete_role_permissions_boundary(RoleName=role),
        ),
    ),
    "AWS::StepFunctions::StateMachine": (
        Completion(
            "LoggingConfiguration", "stepfunctions", _execution_log, lambda sfn, arn, _: _execution_log(sfn, arn, {})
        ),
    ),
    "AWS::SNS::Topic": (
        Completion("KmsMasterKeyId", "sns", _topic_attribute, lambda sns, topic, _: _topic_attribute(sns, topic, "")),
    ),
}


def complete(
    type_name: str, client: Callable[[str], Any], physical_id: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> None:
    """Make the calls for the properties that changed from ``old`` to ``new``; raises the calls' errors."""
    for completion, call, value in _calls(type_name, old, new):
        call(client(completion.service), physical_id, value)


def _calls(type_name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[Completion, Call, Any]]:
    for completion in COMPLETIONS[type_name]:
        before, after = old.get(completion.name), new.get(completion.name)
        if after is not None and after != before:
            yield completion, completion.put, after
        elif after is None and before is not None:
            yield completion, completion.remove, before


def _true(value: Any) -> bool:
    return str(value).lower() == "true"
