"""An account with one environment, its configs with everything on, off and on again, and what it moves to."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import Any

import yaml

from tests.end_to_end.account_contents import LEFT_ON_AWS, everything
from tests.end_to_end.conftest import BYTECODE, ROOT, WORKLOAD, Checkout, until
from tests.local_aws.launcher import LocalAws
from tests.local_aws.plain_endpoints import PlainEndpoints, server
from tests.local_aws.script_jobs import IMAGE

NAME, ACCOUNT = "change", "123456789012"
OTHER, CONTAINER = "boston-housing-custom", "sklearn-custom"
BASE: dict[str, Any] = {"name": NAME, "account": ACCOUNT, "region": "us-east-1", "retain_data": False}
OFF: dict[str, Any] = {**BASE, "direct_deploy": True, "working_copies": True, "idle_endpoint_hours": 8}
"""A config without any section. It enables only what can't be together with pins, which is off when the sections are
on."""
PIN = {"workload": WORKLOAD, "model_data": "s3://promoted/boston-housing/models/1/model.tar.gz"}
ON: dict[str, Any] = {
    **BASE,
    "network": {"availability_zones": 3},
    "notebooks": [{"name": "team"}, {"name": "other"}],
    "spark": {"certificates": "spark/tls.zip"},
    "studio": {"users": ["ada", "grace"]},
    "tracking": {"size": "Small"},
    "endpoints": [PIN],
    "github": {"repository": "example/platform"},
    "budget": {"monthly_usd": 500},
    "alarms": {"email": "on-call@example.com"},
    "anomaly_detection": {"min_impact_usd": 50},
    "audit": {"management_events": True},
    "people": {duty: {"permission_set": duty} for duty in ("data_scientist", "approver", "on_call", "auditor")},
    "housekeeping": {"stop": ["notebooks", "studio", "emr", "mlflow"]},
    "retention": {"delete": True},
    "promotes_to": ["next"],
    "owns_job_logs": True,
    "permissions_boundary": "arn:aws:iam::aws:policy/AdministratorAccess",
}
NEIGHBOURS = {"next": "", "former": f"promotes_to: [{NAME}]\n"}
"""Environments in other accounts that exist as long as everything is on: one on each side of this one."""
WITHOUT_SPARK_CLUSTER = {key: value for key, value in ON.items() if key != "spark"}
AGAIN: dict[str, Any] = {
    **WITHOUT_SPARK_CLUSTER,
    "network": {"availability_zones": 3, "nat": True},
    "spark_serverless": {},
    "notebooks": [{"name": "team"}],
}
THEIRS = f"launchpad-{NAME}-of-another-team"
REVISION = re.compile(r", ([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|AROA\w+)(?=,|$)")
"""An id that is another one each time: of a function's revision, of a role."""


@dataclass(frozen=True)
class Account:
    """An account with one environment, and the checkout that deploys to it."""

    checkout: Checkout
    aws: LocalAws

    def deploy(self, config: dict[str, Any], *options: str) -> subprocess.CompletedProcess[str]:
        """Write the config, and run `launchpad deploy`."""
        folder = self.checkout.root / "config"
        (folder / f"{NAME}.yaml").write_text(yaml.safe_dump(config))
        for number, (name, keys) in enumerate(NEIGHBOURS.items(), 1):
            (folder / f"{name}.yaml").unlink(missing_ok=True)
            if "promotes_to" in config:
                account = f"{number}" * 12
                (folder / f"{name}.yaml").write_text(f"name: {name}\naccount: '{account}'\nregion: us-east-1\n{keys}")
        return self.launchpad("deploy", "--env", NAME, "--yes", *options)

    def deployed(self, config: dict[str, Any]) -> str:
        """Do the same, which must succeed; return what it printed."""
        result = self.deploy(config)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout + result.stderr

    def launchpad(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.checkout.run(*arguments, **self.aws.environment)

    def bring(self, folder: str, name: str) -> None:
        """Add a workload or a container of this repository to the checkout."""
        shutil.copytree(ROOT / folder / name, self.checkout.root / folder / name, ignore=BYTECODE, dirs_exist_ok=True)

    def take(self, folder: str, name: str) -> None:
        """Remove it again."""
        shutil.rmtree(self.checkout.root / folder / name)

    def fail_to_create(self, part: str) -> None:
        """Leave a stack as a failed first creation does where data is retained: protected, with nothing in it."""
        group = {"VpcId": "vpc-0123456789abcdef0", "GroupDescription": "In a VPC that doesn't exist"}
        self.cloudformation.create_stack(
            StackName=f"launchpad-{NAME}-{part}",
            TemplateBody=json.dumps({"Resources": {"Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": group}}}),
            EnableTerminationProtection=True,
        )
        until(lambda: self.stacks()[part] == "ROLLBACK_COMPLETE")

    @property
    def cloudformation(self) -> Any:
        return self.aws.client("cloudformation")

    def stacks(self) -> dict[str, str]:
        """The environment's stacks with their statuses, by part."""
        stacks = self.cloudformation.describe_stacks()["Stacks"]
        prefix = f"launchpad-{NAME}-"
        return {
            each["StackName"].removeprefix(prefix): each["StackStatus"]
            for each in stacks
            if each["StackName"].startswith(prefix) and each["StackName"] != THEIRS
        }

    def bucket(self, kind: str) -> str:
        """The name of the environment's bucket for models, or of another one."""
        (stack,) = self.cloudformation.describe_stacks(StackName=f"launchpad-{NAME}-storage")["Stacks"]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        return str(outputs[f"{kind}BucketName"])

    def events(self) -> int:
        """The number of everything that ever happened to the network's stack."""
        pages = self.cloudformation.get_paginator("describe_stack_events").paginate(
            StackName=f"launchpad-{NAME}-network"
        )
        return sum(len(page["StackEvents"]) for page in pages)

    def resources(self) -> dict[str, set[str]]:
        """Every resource of the account by kind, apart from what AWS leaves behind too, without revisions' ids."""
        lists = {kind: names for kind, names in everything(self.aws).items() if kind not in LEFT_ON_AWS}
        return {kind: {REVISION.sub("", name) for name in names} for kind, names in lists.items()}


def existing_network(aws: LocalAws) -> tuple[str, str, str]:
    """A VPC of another team, with a way to S3."""
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"]
    subnets = (
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.99.{zone}.0/24", AvailabilityZone=f"us-east-1{letter}")["Subnet"]
        for zone, letter in enumerate("ab")
    )
    first, second = (subnet["SubnetId"] for subnet in subnets)
    (table,) = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]
    service = "com.amazonaws.us-east-1.s3"
    ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=service, RouteTableIds=[table["RouteTableId"]])
    return vpc, first, second


def model_package(aws: LocalAws, bucket: str) -> str:
    """A registered model, whose artifact is in the environment's bucket, as the pipeline registers it."""
    sagemaker = aws.client("sagemaker")
    sagemaker.create_model_package_group(ModelPackageGroupName=f"{NAME}-{WORKLOAD}")
    types = {"SupportedContentTypes": ["text/csv"], "SupportedResponseMIMETypes": ["text/csv"]}
    container = {"Image": IMAGE, "ModelDataUrl": PlainEndpoints(aws, bucket).archive(server())}
    package = sagemaker.create_model_package(
        ModelPackageGroupName=f"{NAME}-{WORKLOAD}",
        InferenceSpecification={"Containers": [container], **types},
        ModelApprovalStatus="Approved",
    )
    return str(package["ModelPackageArn"])
