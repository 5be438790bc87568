"""A CDK app with a notebook instance, once per folder named: with scripts that can not begin, then with good ones."""

from __future__ import annotations

import base64
import sys

import aws_cdk as cdk

VERSIONS = (("echo no interpreter\n", "ml.t3.large"), ("#!/bin/bash\necho hello\n", "ml.t3.medium"))


class Notebooks(cdk.Stack):
    def __init__(self, scope: cdk.App, script: str, instance_type: str) -> None:
        super().__init__(scope, "Notebooks")
        content = base64.b64encode(script.encode()).decode()
        scripts = cdk.CfnResource(
            self,
            "Scripts",
            type="AWS::SageMaker::NotebookInstanceLifecycleConfig",
            properties={"OnStart": [{"Content": content}]},
        )
        notebook = cdk.CfnResource(
            self,
            "Team",
            type="AWS::SageMaker::NotebookInstance",
            properties={
                "InstanceType": instance_type,
                "RoleArn": "arn:aws:iam::123456789012:role/notebooks",
                "LifecycleConfigName": scripts.get_att("NotebookInstanceLifecycleConfigName"),
            },
        )
        cdk.CfnOutput(self, "Name", value=notebook.get_att("NotebookInstanceName").to_string())


for version, folder in zip(VERSIONS, sys.argv[1:], strict=True):
    app = cdk.App(outdir=folder)
    Notebooks(app, *version)
    app.synth()
