"""Write `stacks/permissions/actions.json`: `make lock-actions`.

cfn-lint includes AWS's service authorization reference, with all names in lower case. Botocore has the case of actions
that are also API operations; the others stay in lower case, because IAM ignores case.
"""

from __future__ import annotations

import json

import botocore.session
from cfnlint.data import AdditionalSpecs
from cfnlint.helpers import load_resource

from stacks.permissions.actions import DATA

SERVICES = {
    "application-autoscaling": "application-autoscaling",
    "athena": "athena",
    "bedrock": "bedrock",
    "cloudformation": "cloudformation",
    "cloudwatch": "cloudwatch",
    "codeartifact": "codeartifact",
    "ec2": "ec2",
    "ecr": "ecr",
    "elasticmapreduce": "emr",
    "emr-serverless": "emr-serverless",
    "events": "events",
    "firehose": "firehose",
    "glue": "glue",
    "iam": "iam",
    "kinesis": "kinesis",
    "kms": "kms",
    "lambda": "lambda",
    "logs": "logs",
    "rds-data": "rds-data",
    "redshift-data": "redshift-data",
    "s3": "s3",
    "sagemaker": "sagemaker",
    "sagemaker-mlflow": None,
    "secretsmanager": "secretsmanager",
    "sns": "sns",
    "sqs": "sqs",
    "ssm": "ssm",
    "states": "stepfunctions",
    "sts": "sts",
    "xray": "xray",
}
"""Botocore's name of each service, by its prefix in IAM actions."""


def iam_actions() -> str:
    """Return the content of the file: one service a line."""
    reference = load_resource(AdditionalSpecs, "Policies.json")
    lines = [
        f"{json.dumps(prefix)}: {json.dumps(_names(reference[prefix]['Actions'], service))}"
        for prefix, service in SERVICES.items()
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _names(actions: dict[str, object], service: str | None) -> list[str]:
    operations = botocore.session.get_session().get_service_model(service).operation_names if service else []
    cased = {name.lower(): name for name in operations}
    return [cased.get(name, name) for name in sorted(actions)]


if __name__ == "__main__":
    DATA.write_text(iam_actions(), "utf-8")
