"""Requests that work, to break: by chance alone none gets past the checks that no model has.

Note: the jobs that they start fail at once, because the plain runtime finds no program.
"""

from __future__ import annotations

from typing import Any

from tests.fuzz.values import BUCKET, NAMES
from tests.local_aws.launcher import LocalAws
from tests.local_aws.plain_endpoints import PlainEndpoints

ROLE = "arn:aws:iam::123456789012:role/fuzz"
ACCOUNT = "arn:aws:sagemaker:us-east-1:123456789012"
DATA = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/data"}}
OUTPUT = {"S3OutputPath": f"s3://{BUCKET}/output"}
STOP = {"MaxRuntimeInSeconds": 60}
CLUSTER = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10}
CONTAINER = {"Image": "fuzz", "ModelDataUrl": f"s3://{BUCKET}/model.tar.gz"}
DEFINITION = {
    "AlgorithmSpecification": {
        "TrainingImage": "fuzz",
        "TrainingInputMode": "File",
        "MetricDefinitions": [{"Name": "loss", "Regex": "loss=(.*)"}],
    },
    "RoleArn": ROLE,
    "InputDataConfig": [{"ChannelName": "train", "DataSource": DATA}],
    "OutputDataConfig": OUTPUT,
    "ResourceConfig": CLUSTER,
    "StoppingCondition": STOP,
}
TUNING = {
    "Strategy": "Random",
    "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "loss"},
    "ResourceLimits": {"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 1},
    "ParameterRanges": {
        "ContinuousParameterRanges": [{"Name": "x", "MinValue": "0", "MaxValue": "1", "ScalingType": "Linear"}],
        "IntegerParameterRanges": [{"Name": "i", "MinValue": "1", "MaxValue": "9"}],
        "CategoricalParameterRanges": [{"Name": "c", "Values": ["a", "b"]}],
    },
}
TARGET = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": None,
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}
INSTANCES = {"MasterInstanceType": "m5.xlarge", "InstanceCount": 1, "KeepJobFlowAliveWhenNoSteps": True}

EXAMPLES: dict[str, dict[str, Any]] = {
    "CreateTrainingJob": {"TrainingJobName": "", **DEFINITION, "HyperParameters": {"epochs": "1"}},
    "CreateHyperParameterTuningJob": {
        "HyperParameterTuningJobName": "",
        "HyperParameterTuningJobConfig": TUNING,
        "TrainingJobDefinition": DEFINITION,
    },
    "CreateProcessingJob": {
        "ProcessingJobName": "",
        "ProcessingResources": {"ClusterConfig": CLUSTER},
        "AppSpecification": {"ImageUri": "fuzz", "ContainerEntrypoint": ["python3", "absent.py"]},
        "RoleArn": ROLE,
    },
    "CreateTransformJob": {
        "TransformJobName": "",
        "ModelName": None,
        "TransformInput": {"DataSource": DATA, "ContentType": "text/csv", "SplitType": "Line"},
        "TransformOutput": {"S3OutputPath": f"s3://{BUCKET}/output", "AssembleWith": "Line"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    },
    "CreateModel": {"ModelName": "", "ExecutionRoleArn": ROLE, "PrimaryContainer": CONTAINER},
    "CreateEndpointConfig": {
        "EndpointConfigName": "",
        "ProductionVariants": [
            {"VariantName": "all", "ModelName": None, "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
        ],
    },
    "CreateEndpoint": {"EndpointName": "", "EndpointConfigName": None},
    "CreateModelPackageGroup": {"ModelPackageGroupName": ""},
    "CreateModelPackage": {
        "ModelPackageGroupName": NAMES[0],
        "InferenceSpecification": {"Containers": [CONTAINER], "SupportedContentTypes": ["text/csv"]},
    },
    "CreateNotebookInstance": {"NotebookInstanceName": "", "InstanceType": "ml.t3.medium", "RoleArn": ROLE},
    "CreateMlflowTrackingServer": {"TrackingServerName": "", "ArtifactStoreUri": "s3://models/b", "RoleArn": ROLE},
    "CreateMlflowApp": {"Name": "", "ArtifactStoreUri": "s3://models/b", "RoleArn": ROLE},
    "RunJobFlow": {
        "Name": "",
        "ReleaseLabel": "emr-7.12.0",
        "Instances": INSTANCES,
        "JobFlowRole": "nodes",
        "ServiceRole": "service",
        "Configurations": [{"Classification": "spark", "Properties": {"a": "b"}, "Configurations": []}],
    },
    "CreateApplication": {"name": "", "releaseLabel": "emr-7.12.0", "type": "SPARK", "clientToken": ""},
    "RegisterScalableTarget": {**TARGET, "MinCapacity": 1, "MaxCapacity": 2},
    "DeregisterScalableTarget": TARGET,
    "PutScheduledAction": {**TARGET, "ScheduledActionName": "", "Schedule": "rate(1 hour)"},
    "PutScalingPolicy": {
        **TARGET,
        "PolicyName": "",
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": {"TargetValue": 1.0},
    },
    "CreateSecurityConfiguration": {"Name": "", "SecurityConfiguration": "{}"},
    "AddJobFlowSteps": {
        "JobFlowId": None,
        "Steps": [{"Name": "step", "HadoopJarStep": {"Jar": "command-runner.jar", "Args": ["absent"]}}],
    },
    "CreateUserProfile": {"UserProfileName": "", "DomainId": None},
    "CreateSpace": {"SpaceName": "", "DomainId": None},
    "AddTags": {"ResourceArn": f"{ACCOUNT}:model/{NAMES[0]}", "Tags": [{"Key": "a", "Value": "b"}]},
    "DeleteTags": {"ResourceArn": f"{ACCOUNT}:model/{NAMES[0]}", "TagKeys": ["a"]},
    "ListTags": {"ResourceArn": f"{ACCOUNT}:model/{NAMES[0]}"},
}
"""Examples by operation. An empty text is one of the names, and None is what `prepared` has made."""


def prepared(aws: LocalAws) -> dict[str, str]:
    """Make the resources whose identifiers no client chooses; the identifiers by the members that they are in."""
    return {**resources(aws), **_endpoint(PlainEndpoints(aws, BUCKET))}


def resources(aws: LocalAws) -> dict[str, str]:
    """The same without an endpoint, which takes longest."""
    for key, body in (("data/train.csv", b"1,2\n" * 10), ("model.tar.gz", b"no archive")):
        aws.client("s3").put_object(Bucket=BUCKET, Key=key, Body=body)
    aws.client("iam").create_instance_profile(InstanceProfileName="nodes")
    sagemaker, ec2 = aws.client("sagemaker"), aws.client("ec2")
    subnet = ec2.describe_subnets()["Subnets"][0]
    domain = sagemaker.create_domain(
        DomainName="fuzz",
        AuthMode="IAM",
        DefaultUserSettings={"ExecutionRole": ROLE},
        VpcId=subnet["VpcId"],
        SubnetIds=[subnet["SubnetId"]],
    )["DomainId"]
    cluster = aws.client("emr").run_job_flow(**{**EXAMPLES["RunJobFlow"], "Name": "fuzz"})["JobFlowId"]
    example = {**EXAMPLES["CreateApplication"], "name": "fuzz", "clientToken": "fuzz"}
    application = aws.client("emr-serverless").create_application(**example)["applicationId"]
    return {
        "DomainId": domain,
        "ClusterId": cluster,
        "JobFlowId": cluster,
        "applicationId": application,
    }


def _endpoint(endpoints: PlainEndpoints) -> dict[str, str]:
    model = endpoints.model()
    config = endpoints.config(endpoints.variant(model))
    endpoint = endpoints.start(config)
    endpoints.wait(endpoint, "InService")
    variant = f"endpoint/{endpoint}/variant/AllTraffic"
    return {"ModelName": model, "EndpointConfigName": config, "EndpointName": endpoint, "ResourceId": variant}
