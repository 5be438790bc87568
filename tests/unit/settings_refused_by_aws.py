"""Values of a config that AWS refuses at deploy, or that YAML reads as another type, and what a person reads."""

from __future__ import annotations

from typing import Any

LONG = "x" * 65
BUCKET = "s3://{}/boston-housing/models/j/0123456789abcdef/model.tar.gz"
ARTIFACT = "s3://models/{}/model.tar.gz"
PACKAGE = "arn:aws:sagemaker:{}:123456789012:model-package/{}"
KEY = "arn:{}:kms:{}:123456789012:key/{}"
UUID = "01234567-89ab-cdef-0123-456789abcdef"
SECRET = "arn:{}:secretsmanager:{}:{}:secret:AmazonSageMaker-github-AbCdEf"
URL = "write an https URL with no user or password"
CHARACTERS = "use one or more letters, digits, spaces and _ . : / = + - @"

REFUSED_BY_AWS: dict[str, dict[Any, str]] = {
    "region": {
        "eu-west-9": "AWS has no region 'eu-west-9'; did you mean 'eu-",
        "aws-global": "write a region such as eu-west-1, not 'aws-global'",
    },
    "people.identity_provider": {
        "arn:aws:iam::210987654321:oidc-provider/example.com": "must be in the environment's account 123456789012",
        "arn:aws:iam::123456789012:oidc-provider/https://login.example.com": "write the ARN of an identity provider",
        "arn:aws:iam::123456789012:role/okta": "write the ARN of an identity provider",
    },
    "permissions_boundary": {
        "arn:aws:iam::210987654321:policy/boundary": "must be in the environment's account 123456789012",
        "arn:aws-cn:iam::123456789012:policy/boundary": "eu-west-1 is in another partition: write arn:aws:...",
        "arn:aws:iam::123456789012:policy/": "write the ARN of a managed policy",
        "arn:aws:iam::123456789012:policy/a b": "write the ARN of a managed policy",
    },
    "tags.owner": {
        "": CHARACTERS,
        "R&D team": CHARACTERS,
        "rocket 🚀": CHARACTERS,
        "a#b": CHARACTERS,
        "one\ntwo": CHARACTERS,
        "x" * 256: "should have at most 255 characters",
        "aws:team": "AWS keeps tags that begin with `aws:` for itself; choose another",
        "x" * 129: "with `studio` a tag's value has at most 128 characters, not 129",
    },
    "network.cidr": {
        "127.0.0.0/16": "must be private and between /16 and /24",
        "169.254.0.0/16": "must be private and between /16 and /24",
        "0.0.0.0/16": "must be private and between /16 and /24",
        "240.0.0.0/16": "must be private and between /16 and /24",
        "198.18.0.0/16": "must be private and between /16 and /24",
        "172.17.0.0/16": "is what Docker uses on SageMaker's instances",
        "172.17.3.0/24": "is what Docker uses on SageMaker's instances",
    },
    "network.existing.vpc_id": {"vpc-012345678": "with 8 or 17 digits", "vpc-0123456789abcdef": "with 8 or 17 digits"},
    "network.s3_prefix_list": {"pl-012345678": "write an id such as pl-0a1b2c3d"},
    "notebooks.repository": {
        "https://me:token@github.com/a/b.git": URL,
        "https://token@github.com/a/b.git": URL,
        "https://github.com/a b": URL,
        f"https://github.com/{'x' * 1024}": "should have at most 1024 characters",
    },
    "notebooks.repository_secret": {
        SECRET.format("aws", "us-east-1", "123456789012"): "must be in eu-west-1, as the environment is",
        SECRET.format("aws", "eu-west-1", "210987654321"): "must be in the environment's account 123456789012",
        SECRET.format("aws-cn", "cn-north-1", "123456789012"): "eu-west-1 is in another partition",
    },
    "spark.repository": {"https://me:token@github.com/a/b.git": URL},
    "spark.core_instance_type": {"t3.nano": "EMR has no instance type 't3.nano'"},
    "spark.primary_instance_type": {"ml.m5.xlarge": "EMR has no instance type 'ml.m5.xlarge'; did you"},
    "endpoints.model_data": {
        BUCKET.format("My_Bucket"): "write s3://BUCKET/.../model.tar.gz",
        BUCKET.format("ab"): "write s3://BUCKET/.../model.tar.gz",
        BUCKET.format("a..b"): "no bucket can be called 'a..b', with two dots together",
        BUCKET.format("192.168.5.4"): "no bucket can be called '192.168.5.4', an IP address",
        BUCKET.format("xn--models"): "S3 reserves 'xn--'",
        BUCKET.format("models--ol-s3"): "S3 reserves '--ol-s3'",
        ARTIFACT.format("x" * 1024): "should have at most 1024 characters",
    },
    "endpoints.model_data_key": {
        KEY.format("aws", "us-east-1", UUID): "must be in eu-west-1, as the environment is",
        KEY.format("aws-us-gov", "us-gov-west-1", UUID): "eu-west-1 is in another partition",
        KEY.format("aws", "eu-west-1", "-" * 36): "write the ARN of a KMS key",
    },
    "endpoints.model_package": {
        PACKAGE.format("us-east-1", "dev-boston-housing/7"): "must be in eu-west-1, as the environment is",
        PACKAGE.format("eu-west-1", "dev-boston-housing/0"): "write the ARN of a version",
        PACKAGE.format("eu-west-1", "dev-boston-housing"): "write the ARN of a version",
    },
    "alarms.email": {
        "<a@b.c>": "write a mail address",
        "a..b@c..d": "write a mail address",
        "a@localhost": "write a mail address",
        "a@-b.example.com": "write a mail address",
        f"{LONG}@example.com": "before the @ are at most 64 characters",
        f"a@{'b.' * 130}com": "should have at most 254 characters",
    },
    "tracking.mlflow_version": {2.16: 'valid string, not 2.16; write it in quotes: "2.16"'},
    "account": {123456789012: 'valid string, not 123456789012; write it in quotes: "123456789012"'},
    "retain_data": {"no": "valid boolean, not 'no'; write true or false, without quotes", 0: "valid boolean"},
    "budget.monthly_usd": {"100": "valid integer, not '100'; write a whole number, without quotes"},
    "network.availability_zones": {"3": "valid integer, not '3'; write a whole number, without quotes"},
    "log_retention_days": {30.0: "write a whole number, not 30.0", "30": "write a whole number, not '30'"},
}
"""Values with the right form that AWS refuses at deploy, or that YAML reads as another type; by key and value."""

REFUSED_LISTS: tuple[tuple[str, Any, str], ...] = (
    ("tags", {"": "x"}, CHARACTERS),
    ("tags", {"x" * 128: "x"}, "should have at most 127 characters"),
    ("tags", {"a*b": "x"}, CHARACTERS),
    ("tags", {"aws:team": "x"}, "AWS keeps tags that begin with `aws:` for itself"),
    ("tags", {"AWS:team": "x"}, "AWS keeps tags that begin with `aws:` for itself"),
    ("tags", {"Owner": "a", "owner": "b"}, "is the same key as 'Owner' to IAM"),
    ("tags", {"launchpad:environment": "prod"}, "is a tag of the platform, which finds its resources by it"),
    ("tags", {"Launchpad:workload": "x"}, "is a tag of the platform, which finds its resources by it"),
    ("tags", {"cost-center": 1234}, 'valid string, not 1234; write it in quotes: "1234"'),
    ("tags", {"cost center": "x"}, "with `spark` a tag's key has no spaces"),
    ("tags", {f"k{number}": "x" for number in range(41)}, "should have at most 40 items"),
    ("network", {"zones": ["eu-west-1a", "eu-west-1y"]}, "eu-west-1 has no zone eu-west-1y; known zones: eu-west-1a, "),
    ("studio.users", [], "should have at least 1 item, not 0"),
    ("studio.users", ["a-b", "ab"], "a-b and ab differ only in hyphens, which an id in a template can't have"),
    ("budget.thresholds_percent", [50, 50], "50 is listed twice; remove one"),
    ("budget.thresholds_percent", [10, 20, 30, 40, 50, 60], "should have at most 5 items, not 6"),
    ("budget.thresholds_percent", [], "should have at least 1 item, not 0"),
)
"""The same of lists and mappings: the key, the value, the message."""
