"""Jobs read the data that their workload names in another bucket, and nothing else there; the network lets them."""

from __future__ import annotations

import json

import pytest

from launchpad.catalogue.external_inputs import external_inputs
from tests.stacks.inspection import resources

WORKLOAD = """\
name: demo
description: A workload for tests.
image: {framework: sklearn}
training:
  entry_point: train.py
  instance: {type: ml.m5.large}
  channels:
    training: {uri: s3://others-data/public/iris/}
    prices: {prefix: demo/prices}
serving:
  entry_point: train.py
  instance: {type: ml.m5.large}
transform:
  instance: {type: ml.m5.large}
  input: {uri: s3://others-requests, content_type: text/csv}
"""


@pytest.fixture(scope="module")
def platform(templates, tmp_path_factory):
    folder = tmp_path_factory.mktemp("workloads") / "demo"
    (folder / "src").mkdir(parents=True)
    (folder / "workload.yaml").write_text(WORKLOAD)
    (folder / "src" / "train.py").write_text("print('done')\n")
    return templates(folder.parent, name="dev", region="eu-west-1")


def permissions(platform, role):
    return [
        statement
        for policy in resources(platform["access"], "AWS::IAM::Policy").values()
        if role in json.dumps(policy["Properties"]["Roles"])
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]


@pytest.mark.parametrize(
    ("role", "data", "other"),
    [
        ("TrainingRole", "others-data/public/iris/*", "others-requests"),
        ("ProcessingRole", "others-requests/*", "others-data"),
    ],
)
def test_a_role_reads_what_its_jobs_are_given_and_no_more(platform, role, data, other):
    elsewhere = [
        statement for statement in permissions(platform, role) if "others-" in json.dumps(statement["Resource"])
    ]
    assert sorted(statement["Action"] for statement in elsewhere) == ["s3:GetObject", "s3:ListBucket"]
    (read,) = [statement for statement in elsewhere if statement["Action"] == "s3:GetObject"]
    assert [name for name in read["Resource"] if "others-" in str(name)] == [f"arn:aws:s3:::{data}"]
    assert other not in json.dumps(elsewhere)


def test_a_bucket_is_listed_no_further_than_the_data_that_is_named(platform):
    (look,) = [
        statement
        for statement in permissions(platform, "TrainingRole")
        if statement["Resource"] == "arn:aws:s3:::others-data"
    ]
    assert look["Condition"] == {"StringLike": {"s3:prefix": "public/iris/*"}}


def test_the_way_to_s3_leads_to_external_inputs_for_this_account_only(platform):
    policy = resources(platform["network"], "AWS::EC2::VPCEndpoint")["S3"]["Properties"]["PolicyDocument"]
    statements = {statement["Sid"]: statement for statement in policy["Statement"]}
    assert "others-data/public/iris/*" in json.dumps(statements["NamedData"]["Resource"])
    assert statements["NamedBuckets"]["Action"] == ["s3:ListBucket"]
    for name in ("NamedData", "NamedBuckets"):
        assert statements[name]["Condition"] == {"StringEquals": {"aws:PrincipalAccount": {"Ref": "AWS::AccountId"}}}


def test_without_external_inputs_there_is_no_way_to_others_buckets(dev):
    policy = resources(dev["network"], "AWS::EC2::VPCEndpoint")["S3"]["Properties"]["PolicyDocument"]
    assert [statement["Sid"] for statement in policy["Statement"]] == ["OwnBuckets", "AwsBuckets"]


def test_data_that_two_workloads_name_is_named_once():
    definition = {"training": {"channels": {"a": {"uri": "s3://bucket/key"}, "b": {"uri": None, "prefix": "p"}}}}
    assert external_inputs([definition, definition]) == ["bucket/key"]
