"""The AWS services that programs in a private network may name, by what their interface endpoint is called."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from launchpad.config_files.one_of import OneOf
from launchpad.messages.errors import suggest

IAM_PREFIXES: Mapping[str, str] = {
    "athena": "athena",
    "bedrock-runtime": "bedrock",
    "codeartifact.api": "codeartifact",
    "codeartifact.repositories": "codeartifact",
    "ecr.api": "ecr",
    "ecr.dkr": "ecr",
    "elasticmapreduce": "elasticmapreduce",
    "events": "events",
    "glue": "glue",
    "kinesis-firehose": "firehose",
    "kinesis-streams": "kinesis",
    "kms": "kms",
    "lambda": "lambda",
    "logs": "logs",
    "monitoring": "cloudwatch",
    "rds-data": "rds-data",
    "redshift-data": "redshift-data",
    "sagemaker.api": "sagemaker",
    "sagemaker.featurestore-runtime": "sagemaker",
    "sagemaker.runtime": "sagemaker",
    "secretsmanager": "secretsmanager",
    "sns": "sns",
    "sqs": "sqs",
    "ssm": "ssm",
    "states": "states",
    "sts": "sts",
}
"""`NAME` of `com.amazonaws.<region>.NAME` ("AWS services that integrate with AWS PrivateLink"), and the prefix of the
service's IAM actions. S3 is not among them: the gateway endpoint, which costs nothing, always leads there."""
_BY_CLIENT = {
    "cloudwatch": "monitoring",
    "ecr": "ecr.api",
    "firehose": "kinesis-firehose",
    "kinesis": "kinesis-streams",
    "sagemaker": "sagemaker.api",
    "sagemaker-runtime": "sagemaker.runtime",
    "stepfunctions": "states",
}
"""What boto3 calls a service whose endpoint has another name."""
_WHOLE_NAME = re.compile(r"^com\.amazonaws\.([a-z]{2,4}(-[a-z]+)+-[0-9]\.)?")


def _unknown(value: str, known: Collection[str]) -> str:
    name = _WHOLE_NAME.sub("", value)
    if name in known:
        return f"the last part of the endpoint's name is enough: write {name!r}"
    if name == "s3":
        return "S3 is always reached, through an endpoint that costs nothing: remove it"
    if name in _BY_CLIENT:
        return f"the endpoint of {name!r} is called {_BY_CLIENT[name]!r}: write that"
    hint = suggest(name, known, "services")
    others = (
        "" if hint.endswith("?") else "; reach another with `network: {nat: true}` in the config, and remove it here"
    )
    return f"no endpoint of {value!r} is known here; {hint}{others}"


AWS_SERVICE = OneOf(lambda: IAM_PREFIXES, _unknown)
"""Annotates the name of a service's endpoint."""
