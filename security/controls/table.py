"""The controls. Sources: Security Hub's AI Security Best Practices v1.0.0 and its controls for SageMaker; checkov's
checks that exist only for Terraform; and our own for requests, which no scanner checks.
"""

from __future__ import annotations

from security.controls import predicates as check
from security.controls.control import Control

NOTEBOOK = ("AWS::SageMaker::NotebookInstance",)
MODEL = ("AWS::SageMaker::Model", "CreateModel")
ENDPOINT_CONFIG = ("AWS::SageMaker::EndpointConfig", "CreateEndpointConfig")
DOMAIN = ("AWS::SageMaker::Domain",)
TRAINING = ("CreateTrainingJob", "CreateHyperParameterTuningJob")
PROCESSING = ("CreateProcessingJob",)
TRANSFORM = ("CreateTransformJob",)
JOBS = (*TRAINING, *PROCESSING)

SECURITY_HUB = (
    Control(
        id="SageMaker.1",
        also="CKV_AWS_122",
        title="Notebook instances have no direct way to the internet",
        on=NOTEBOOK,
        holds=check.equals("DirectInternetAccess", "Disabled"),
    ),
    Control(
        id="SageMaker.2",
        also="CKV_AWS_306",
        title="Notebook instances are in a customer VPC",
        on=NOTEBOOK,
        holds=check.has("SubnetId", "SecurityGroupIds"),
    ),
    Control(
        id="SageMaker.3",
        also="CKV_AWS_307",
        title="Users of notebook instances have no root access",
        on=NOTEBOOK,
        holds=check.equals("RootAccess", "Disabled"),
    ),
    Control(
        id="SageMaker.4",
        title="Endpoints begin with more than one instance",
        on=("AWS::SageMaker::EndpointConfig",),
        holds=check.several_instances,
    ),
    Control(
        id="SageMaker.5",
        title="Models are isolated from the network",
        on=MODEL,
        holds=check.true("EnableNetworkIsolation"),
    ),
    Control(
        id="SageMaker.8",
        title="Notebook instances run on a supported platform",
        on=NOTEBOOK,
        holds=check.supported_platform,
    ),
    Control(
        id="SageMaker.16",
        title="Models take their primary image from a private registry, by way of the VPC",
        on=MODEL,
        holds=check.private_images,
    ),
    Control(
        id="SageMaker.19",
        title="Models with several containers take them from a private registry, by way of the VPC",
        on=MODEL,
        holds=check.private_images,
    ),
    Control(
        id="SageMaker.21",
        also="CKV_AWS_22",
        title="Notebook instances have a customer's key",
        on=NOTEBOOK,
        holds=check.has("KmsKeyId"),
    ),
)

CHECKOV_FOR_TERRAFORM = (
    Control(
        id="CKV_AWS_98",
        title="Endpoint configurations have a key for volumes and captured data",
        on=ENDPOINT_CONFIG,
        holds=check.volume_key,
    ),
)

LAUNCHES = (
    Control(
        id="Launch.1",
        title="Jobs and models are in the environment's VPC",
        on=(*JOBS, *MODEL),
        holds=check.everywhere(check.in_vpc),
    ),
    Control(
        id="Launch.2",
        title="Jobs are isolated from the network",
        on=JOBS,
        holds=check.everywhere(check.isolated),
    ),
    Control(
        id="Launch.3",
        title="Traffic between the instances of a job is encrypted",
        on=JOBS,
        holds=check.everywhere(check.encrypted_traffic),
    ),
    Control(
        id="Launch.4",
        title="Volumes have the environment's key, or are encrypted by the instance's hardware",
        on=(*JOBS, *TRANSFORM),
        holds=check.everywhere(check.volume_key),
    ),
    Control(
        id="Launch.5",
        title="What a job writes is encrypted with the environment's key",
        on=(*JOBS, *TRANSFORM),
        holds=check.everywhere(check.output_key),
    ),
    Control(
        id="Launch.6",
        title="A job has a maximum run time, which the workload says",
        on=JOBS,
        holds=check.everywhere(check.bounded_time),
    ),
    Control(
        id="Launch.7",
        title="A transform job's calls have a time limit",
        on=(),
        because="CreateTransformJob has no maximum run time; a call ends after `timeout_seconds`, 3600 at most",
    ),
    Control(
        id="Launch.8",
        title="A tuning job runs a limited number of training jobs",
        on=("CreateHyperParameterTuningJob",),
        holds=check.bounded_tuning,
    ),
    Control(
        id="Launch.9",
        title="Managed spot training keeps checkpoints and waits no longer than the workload says",
        on=("CreateTrainingJob",),
        holds=check.spot_with_checkpoints,
    ),
    Control(
        id="Launch.10",
        title="Whatever is launched bears its environment and workload as tags",
        on=(*JOBS, *TRANSFORM, "CreateModel", "CreateEndpointConfig", "CreateEndpoint"),
        holds=check.tagged,
    ),
    Control(
        id="Launch.11",
        title="Updates of a pinned endpoint are rolled back by alarms",
        on=("AWS::SageMaker::Endpoint",),
        holds=check.rolls_back,
    ),
    Control(
        id="Launch.12",
        title="Notebook instances take IMDSv2 only",
        on=NOTEBOOK,
        holds=check.imds_v2,
    ),
    Control(
        id="Launch.13",
        title="Studio is reached by way of the VPC only, and its volumes have the environment's key",
        on=DOMAIN,
        holds=check.private_domain,
    ),
    Control(
        id="Launch.14",
        title="Clusters encrypt disks, data and traffic, and take IMDSv2 only",
        on=("AWS::EMR::SecurityConfiguration",),
        holds=check.encrypted_cluster,
    ),
    Control(
        id="Launch.15",
        title="A role that takes on tokens of another issuer trusts exactly one audience and one subject",
        on=("AWS::IAM::Role",),
        holds=check.one_subject,
    ),
    Control(
        id="Launch.16",
        title="Answers of asynchronous endpoints are encrypted with the environment's key",
        on=ENDPOINT_CONFIG,
        holds=check.answer_key,
    ),
    Control(
        id="Launch.17",
        title="Captured requests and answers are encrypted with the environment's key",
        on=ENDPOINT_CONFIG,
        holds=check.capture_key,
    ),
)

NO_IMAGES = "the platform adds no images to Studio"
NO_MONITORING = "the platform makes no model monitoring jobs; the roles may not create any"
NO_FEATURE_STORE = "the platform makes no feature groups; the roles may not create any"
NO_EXPERIMENTS = "the platform makes no inference experiments; the roles may not create any"
NO_REVIEWS = "the platform has no human review workflows"
ABSENT_TYPES = (
    ("AppImageConfig", NO_IMAGES, ("SageMaker.6",)),
    ("Image", NO_IMAGES, ("SageMaker.7",)),
    ("DataQualityJobDefinition", NO_MONITORING, ("SageMaker.9", "SageMaker.11")),
    ("ModelExplainabilityJobDefinition", NO_MONITORING, ("SageMaker.10", "SageMaker.20")),
    ("ModelBiasJobDefinition", NO_MONITORING, ("SageMaker.12", "SageMaker.15")),
    ("ModelQualityJobDefinition", NO_MONITORING, ("SageMaker.13", "SageMaker.25")),
    ("MonitoringSchedule", NO_MONITORING, ("SageMaker.14", "SageMaker.22")),
    ("FeatureGroup", NO_FEATURE_STORE, ("SageMaker.17", "SageMaker.18")),
    ("InferenceExperiment", NO_EXPERIMENTS, ("SageMaker.23", "SageMaker.24")),
    ("FlowDefinition", NO_REVIEWS, ("CKV_AWS_372",)),
)
"""Types of SageMaker's that no template has, why, and the publishers' controls that are only for them."""
ABSENT = tuple(
    Control(id=control, title=f"There is no {name}", on=(f"AWS::SageMaker::{name}",), because=reason)
    for name, reason, controls in ABSENT_TYPES
    for control in controls
)

CONTROLS = (*SECURITY_HUB, *CHECKOV_FOR_TERRAFORM, *LAUNCHES, *ABSENT)
