"""Three accounts after the walk of `make demo-accounts`, as their administrators and their roles see them."""

from __future__ import annotations

import json
from typing import Any, cast

import boto3

from launchpad.cli.demo.accounts import ACCOUNTS, REGION, WORKLOAD, Walk
from launchpad.images.containers import repository_name
from launchpad.requests.names import promotion_role_name
from tests.end_to_end.enforced_account import job_variables
from tests.local_aws.launcher import LocalAws
from tests.local_aws.test_ecr import Registry

CONTAINER = "headlines-processing"
"""The image that the configs name; deploys to a local AWS build none."""


class Accounts:
    """The local AWS after the walk, as each account's administrator and each promotion role see it."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk

    def client(self, environment: str, service: str, credentials: dict[str, str] | None = None) -> Any:
        assert self.walk.address
        keys = {"aws_access_key_id": ACCOUNTS[environment], "aws_secret_access_key": self.walk.address.secret}
        url = self.walk.address.endpoint_url
        return boto3.client(service, endpoint_url=url, region_name=REGION, **(credentials or keys))

    def promotion(self, environment: str, service: str) -> Any:
        """A client of the role that `launchpad deploy` copies with."""
        return self.assumed(environment, promotion_role_name(environment), service)

    def assumed(self, environment: str, role_name: str, service: str) -> Any:
        """A client of a role of the environment's account."""
        return self.client(environment, service, self.session(environment, role_name))

    def session(self, environment: str, role_name: str) -> dict[str, str]:
        """The keys of a session of a role of the environment's account."""
        role = f"arn:aws:iam::{ACCOUNTS[environment]}:role/{role_name}"
        credentials = self.client(environment, "sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
        keys = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
        names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
        return {key: credentials[name] for key, name in zip(keys, names, strict=True)}

    def output(self, environment: str, name: str) -> str:
        stacks = self.client(environment, "cloudformation").describe_stacks(
            StackName=f"launchpad-{environment}-storage"
        )
        return str(next(each["OutputValue"] for each in stacks["Stacks"][0]["Outputs"] if each["OutputKey"] == name))

    def served(self, environment: str) -> str:
        """The S3 URI of what the environment's endpoint serves."""
        sagemaker = self.client(environment, "sagemaker")
        config = sagemaker.describe_endpoint(EndpointName=f"{environment}-{WORKLOAD}")["EndpointConfigName"]
        (variant,) = sagemaker.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"]
        return str(sagemaker.describe_model(ModelName=variant["ModelName"])["PrimaryContainer"]["ModelDataUrl"])

    def planning(self, environment: str) -> dict[str, str]:
        """The variables of a job of GitHub's that plans a deploy, by its token."""
        role = f"arn:aws:iam::{ACCOUNTS[environment]}:role/launchpad-{environment}-github-plan"
        return job_variables(self.client(environment, "sts"), role, "repo:example/platform:ref:refs/heads/main")

    def image_uri(self, environment: str) -> str:
        """The image that the environment's jobs would run."""
        parameter = f"/launchpad/{environment}/images/{CONTAINER}"
        return str(self.client(environment, "ssm").get_parameter(Name=parameter)["Parameter"]["Value"])

    def repository(self, environment: str, keys: dict[str, str]) -> Registry:
        """The environment's repository, as the principal with these keys uses it."""
        assert self.walk.address
        ready = {
            "endpoint_url": self.walk.address.endpoint_url,
            "environment": {"AWS_SECRET_ACCESS_KEY": self.walk.address.secret},
        }
        name = repository_name(environment, CONTAINER)
        (described,) = self.client(environment, "ecr").describe_repositories(repositoryNames=[name])["repositories"]
        server = LocalAws(cast("Any", self.walk.server), ready)
        return Registry(server, described["repositoryUri"].partition("/")[2], keys)

    def digest(self, environment: str, tag: str) -> str:
        """The digest of the environment's image with this tag."""
        image = {"repositoryName": repository_name(environment, CONTAINER), "imageIds": [{"imageTag": tag}]}
        (details,) = self.client(environment, "ecr").describe_images(**image)["imageDetails"]
        return str(details["imageDigest"])

    @property
    def refused(self) -> list[dict[str, Any]]:
        """What IAM refused to any role."""
        assert self.walk.server
        (calls,) = self.walk.server.folder.glob("**/iam-calls.jsonl")
        decisions = map(json.loads, calls.read_text().splitlines())
        return [each for each in decisions if not each["allowed"] and ":assumed-role/launchpad-" in each["principal"]]
