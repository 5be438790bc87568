"""Every key of a config with a wrong value, and what a person is told. A new key needs a line here."""

from __future__ import annotations

from typing import Any

ARN = "arn:aws:iam::1234:policy/x"
EXISTING = {"vpc_id": "vpc-01234567", "subnet_ids": ["subnet-01234567", "subnet-76543210"]}

WRONG: dict[str, tuple[Any, str]] = {
    "name": ("Staging", "use 2 to 10 lower-case letters and digits, not 'Staging'"),
    "region": ("europe", "write a region such as eu-west-1, not 'europe'"),
    "account": ("1234", "write 12 digits in quotes, not '1234'"),
    "retain_data": ("perhaps", "should be a valid boolean"),
    "direct_deploy": (7, "should be a valid boolean"),
    "working_copies": ("perhaps", "should be a valid boolean"),
    "log_retention_days": (8, "should be 1, 3, 5, 7, 14, 30"),
    "new_data_quiet_seconds": (0, "should be greater than or equal to 1, not 0"),
    "permissions_boundary": (ARN, "write the ARN of a managed policy, arn:aws:iam::ACCOUNT:policy/NAME, not"),
    "tags": ("team", "expected keys with values, such as {key: value}, not 'team'"),
    "network": (True, "expected keys with values below it, not True"),
    "network.cidr": ("8.8.8.0/24", "must be private and between /16 and /24, such as 10.20.0.0/16"),
    "network.availability_zones": (4, "should be less than or equal to 3, not 4"),
    "network.zones": (["eu-west-1"], "write a zone such as eu-west-1a, not 'eu-west-1'"),
    "network.interface_endpoints": ("some", "should be a valid boolean"),
    "network.nat": ("one", "should be a valid boolean"),
    "network.flow_logs": (3, "should be a valid boolean"),
    "network.s3_prefix_list": ("pl-x", "write an id such as pl-0a1b2c3d, not 'pl-x'"),
    "network.existing": ("vpc-01234567", "expected keys with values below it, not 'vpc-01234567'"),
    "network.existing.vpc_id": ("vpc", "write an id such as vpc-0a1b2c3d, with 8 or 17 digits, not 'vpc'"),
    "network.existing.subnet_ids": (["subnet-01234567"], "should have at least 2 items"),
    "notebooks": ("team", "expected a list, such as [one, two], not 'team'"),
    "notebooks.name": ("Team", "use up to 31 lower-case letters, digits, hyphens, not 'Team'"),
    "notebooks.instance_type": ("ml.t3.mediun", "did you mean 'ml.t3.medium'?"),
    "notebooks.volume_gb": (4, "should be greater than or equal to 5, not 4"),
    "notebooks.idle_minutes": (5, "write 10 to 1440 minutes, or 0 to never stop it, not 5"),
    "notebooks.docker": ("yes please", "should be a valid boolean"),
    "notebooks.repository": (
        "git@host:a/b",
        "write an https URL with no user or password, such as https://github.com/",
    ),
    "notebooks.repository_secret": ("token", "write the ARN of a secret whose name begins with AmazonSageMaker-"),
    "notebooks.package_index": ("https://me:secret@host/simple/", "write an https URL without a password"),
    "spark": ([], "expected keys with values below it"),
    "spark.certificates": ("/spark/tls.zip", "write the key of a zip file, such as spark/tls.zip"),
    "spark.release": ("7.12.0", "write a release such as emr-7.12.0, not '7.12.0'"),
    "spark.primary_instance_type": ("m5.xlarg", "did you mean 'm5.xlarge'?"),
    "spark.core_instance_type": ("m5.xlarg", "did you mean 'm5.xlarge'?"),
    "spark.volume_gb": (9, "should be greater than or equal to 10, not 9"),
    "spark.minimum_units": (0, "should be greater than or equal to 1, not 0"),
    "spark.maximum_units": (1, "must be at least minimum_units (2), not 1"),
    "spark.idle_minutes": (0, "should be greater than or equal to 1, not 0"),
    "spark.generation": (0, "should be greater than or equal to 1, not 0"),
    "spark.repository": ("http://host/a", "write an https URL"),
    "spark_serverless": ([], "expected keys with values below it"),
    "spark_serverless.release": ("7.12.0", "write a release such as emr-7.12.0, not '7.12.0'"),
    "spark_serverless.architecture": ("arm", "should be 'ARM64' or 'X86_64', not 'arm'"),
    "spark_serverless.maximum_vcpu": (1, "should be greater than or equal to 4, not 1"),
    "spark_serverless.maximum_memory_gb": (1, "should be greater than or equal to 8, not 1"),
    "spark_serverless.idle_minutes": (0, "should be greater than or equal to 1, not 0"),
    "studio": ("yes", "expected keys with values below it, not 'yes'"),
    "studio.users": (["ada lovelace"], "use up to 63 letters, digits, inner hyphens, not 'ada lovelace'"),
    "studio.volume_gb": (4, "should be greater than or equal to 5, not 4"),
    "studio.idle_minutes": (59, "should be greater than or equal to 60, not 59"),
    "tracking": ("yes", "expected keys with values below it, not 'yes'"),
    "tracking.size": ("small", "should be 'Small', 'Medium' or 'Large', not 'small'"),
    "tracking.mlflow_version": ("newest", "write a version such as 2.16.2, not 'newest'"),
    "tracking.maintenance": ("Sunday", "write a UTC time such as Sun:03:00, not 'Sunday'"),
    "endpoints": ({"workload": "a"}, "expected a list, such as [one, two]"),
    "endpoints.workload": ("Boston", "use lower-case letters, digits and inner hyphens, not 'Boston'"),
    "endpoints.model_data": (
        "s3://bucket/model.zip",
        "write s3://BUCKET/.../model.tar.gz, not 's3://bucket/model.zip'",
    ),
    "endpoints.model_data_key": ("alias/models", "write the ARN of a KMS key"),
    "endpoints.model_package": (
        "models/3",
        "write the ARN of a version of a model package, such as arn:aws:",
    ),
    "endpoints.instance": ("ml.m5.large", "expected keys with values below it, not 'ml.m5.large'"),
    "endpoints.instance.type": ("ml.m5.larg", "did you mean 'ml.m5.large'?"),
    "endpoints.instance.count": (0, "should be greater than or equal to 1, not 0"),
    "endpoints.minimum_instances": (0, "should be greater than or equal to 1, not 0"),
    "endpoints.maximum_instances": (101, "should be less than or equal to 100, not 101"),
    "endpoints.invocations_per_instance": (0, "should be greater than or equal to 1, not 0"),
    "endpoints.traffic": ("slowly", "should be 'canary', 'linear' or 'all-at-once', not 'slowly'"),
    "endpoints.traffic_percent": (60, "should be less than or equal to 50, not 60"),
    "endpoints.bake_minutes": (0, "should be greater than or equal to 1, not 0"),
    "alarms": (1, "expected keys with values below it, not 1"),
    "alarms.email": ("on-call", "write a mail address, such as on-call@example.com, not 'on-call'"),
    "alarms.latency_milliseconds": (0, "should be greater than or equal to 1, not 0"),
    "alarms.server_errors": (0, "should be greater than or equal to 1, not 0"),
    "budget": (5000, "expected keys with values below it, not 5000"),
    "budget.monthly_usd": ("5000 USD", "should be a valid integer"),
    "budget.thresholds_percent": ([50, 300], "should be less than or equal to 200, not 300"),
    "github": ("example/platform", "expected keys with values below it, not 'example/platform'"),
    "github.repository": ("https://github.com/a/b", "write OWNER/NAME as GitHub spells it"),
    "github.owner_id": (0, "should be greater than or equal to 1, not 0"),
    "github.repository_id": ("example", "should be a valid integer"),
    "github.step": (0, "should be greater than or equal to 1, not 0"),
    "github.new_provider": ("old", "should be a valid boolean"),
    "instance_limits": (4, "expected keys with values below it, not 4"),
    "instance_limits.concurrent_jobs": (0, "should be greater than or equal to 1, not 0"),
    "instance_limits.types": (
        {"m5.large": 3},
        "SageMaker has no instance type 'm5.large' for this; did you mean 'ml.m5.large'?",
    ),
}
"""A key by its path, without the numbers of list items, to a wrong value and the message about it."""

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
