"""A plain CDK app (bucket with key, queue, roles, Lambda functions); each argument is the folder of one version."""

from __future__ import annotations

import sys

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs

FUNCTION = """
import json, os, boto3

def handler(event, context):
    buckets = [item["Name"] for item in boto3.client("s3").list_buckets()["Buckets"]]
    boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE"], MessageBody=json.dumps(event))
    print("called with", event)
    return {"version": os.environ["VERSION"], "buckets": buckets, "endpoint": os.environ["AWS_ENDPOINT_URL"]}
"""


class Plain(cdk.Stack):
    def __init__(self, scope: cdk.App, name: str, version: str) -> None:
        super().__init__(scope, name)
        key = kms.Key(self, "Key", enable_key_rotation=True, removal_policy=cdk.RemovalPolicy.DESTROY)
        bucket = s3.Bucket(
            self,
            "Data",
            encryption=s3.BucketEncryption.KMS,
            encryption_key=key,
            enforce_ssl=True,
            versioned=version == "2",
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        queue = sqs.Queue(self, "Queue")
        group = logs.LogGroup(self, "Log", removal_policy=cdk.RemovalPolicy.DESTROY)
        for number in ("3_12", "3_13"):
            function = lambda_.Function(
                self,
                f"Function{number}".replace("_", ""),
                runtime=getattr(lambda_.Runtime, f"PYTHON_{number}"),
                handler="index.handler",
                code=lambda_.Code.from_inline(FUNCTION),
                environment={"QUEUE": queue.queue_url, "VERSION": version},
                log_group=group,
                timeout=cdk.Duration.seconds(30),
            )
            queue.grant_send_messages(function)
            bucket.grant_read(function)
            function.add_to_role_policy(iam.PolicyStatement(actions=["s3:ListAllMyBuckets"], resources=["*"]))
            cdk.CfnOutput(self, f"Function{number}Name".replace("_", ""), value=function.function_name)
        cdk.CfnOutput(self, "BucketName", value=bucket.bucket_name)
        cdk.CfnOutput(self, "LogGroupName", value=group.log_group_name)
        cdk.CfnOutput(self, "QueueUrl", value=queue.queue_url)


for version, folder in enumerate(sys.argv[1:], start=1):
    app = cdk.App(outdir=folder)
    Plain(app, "Plain", str(version))
    app.synth()
