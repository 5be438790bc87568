"""Every control of the table is kept by every template and every request that it is for."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from launchpad.catalogue import load_catalogue
from launchpad.settings import load_environment
from security.acknowledgements import acknowledgements
from security.controls import CONTROLS, assertion
from security.controls.table import ABSENT_TYPES, MONITORING
from security.environments import with_every_workload

EVERYTHING = Path(__file__).parent / "workloads"
"""A workload with every section there is: what a section asks for by default must be secure, in any workload."""


@pytest.fixture(scope="session")
def templates(assembly):
    return assertion.in_templates(assembly.stacks)


@pytest.fixture(scope="session")
def requests():
    settings = with_every_workload(load_environment("dev"))
    own = assertion.in_requests(load_catalogue(settings).workloads)
    return [*own, *assertion.in_requests(load_catalogue(load_environment("staging"), EVERYTHING).workloads)]


def test_every_template_keeps_every_control(templates):
    assert assertion.violations(templates) == []


def test_every_request_of_every_workload_keeps_every_control(requests):
    assert assertion.violations(requests) == []


def test_no_control_is_held_against_nothing(templates, requests):
    assert assertion.untested([*templates, *requests]) == []


def test_security_hubs_controls_are_all_there():
    names = {name for control in CONTROLS for name in (control.id, control.also)}
    assert {f"SageMaker.{number}" for number in range(1, 26)} <= names
    assert {f"CKV_AWS_{number}" for number in (22, 98, 122, 306, 307, 372)} <= names


def test_each_control_of_model_monitor_is_kept_by_a_processing_job_instead():
    ours = {control.id: control for control in CONTROLS}
    names = {name for row in MONITORING for name in row[0].split(", ")}
    absent = {number for name, _, ids in ABSENT_TYPES if "JobDef" in name or "Schedule" in name for number in ids}
    assert absent <= names
    for _, _, kept in MONITORING:
        assert all(ours[name].applies and "CreateProcessingJob" in ours[name].on for name in kept)


def test_monitoring_jobs_are_among_the_requests_that_are_checked(requests):
    images = [
        content["AppSpecification"]["ImageUri"] for kind, *_, content in requests if kind == "CreateProcessingJob"
    ]
    assert sum("monitoring" in image for image in images) >= 2  # of the baseline, and of a window


def test_no_control_is_there_twice():
    ids = [name for control in CONTROLS for name in (control.id, control.also) if name]
    assert len(ids) == len(set(ids))


def test_a_control_that_does_not_apply_says_why():
    assert [control.id for control in CONTROLS if control.applies == bool(control.because)] == []


def test_every_exception_from_a_control_is_still_needed(templates, requests):
    ids = {control.id: control for control in CONTROLS}
    for row in (row for row in acknowledgements() if row.rule in ids):
        control = ids[row.rule]
        things = [(path, content) for kind, _, path, content in [*templates, *requests] if kind in control.on]
        broken = [path for path, content in things if not control.kept_by(content)]
        assert row.resource in broken


def set_to(path, value):
    """A change of one member, by its dotted path; None takes the member away."""

    def change(request):
        *parents, last = path.split(".")
        for parent in parents:
            request = request[parent]
        request.pop(last, None)
        if value is not None:
            request[last] = value

    return change


def trust(claims):
    statement = {"Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals": claims} if claims else {}}
    return {"Statement": [statement]}


BROKEN = [
    ("Launch.1", "CreateTrainingJob", set_to("VpcConfig", None)),
    ("Launch.1", "CreateProcessingJob", set_to("NetworkConfig.VpcConfig", None)),
    ("Launch.1", "CreateHyperParameterTuningJob", set_to("TrainingJobDefinition.VpcConfig.Subnets", [])),
    ("Launch.1", "CreateModel", set_to("VpcConfig", None)),
    ("Launch.2", "CreateTrainingJob", set_to("EnableNetworkIsolation", False)),
    ("Launch.2", "CreateProcessingJob", set_to("NetworkConfig.EnableNetworkIsolation", None)),
    ("Launch.2", "CreateHyperParameterTuningJob", set_to("TrainingJobDefinition.EnableNetworkIsolation", False)),
    ("SageMaker.5", "CreateModel", set_to("EnableNetworkIsolation", False)),
    ("Launch.3", "CreateTrainingJob", set_to("EnableInterContainerTrafficEncryption", None)),
    ("Launch.3", "CreateProcessingJob", set_to("NetworkConfig.EnableInterContainerTrafficEncryption", False)),
    ("Launch.4", "CreateTrainingJob", set_to("ResourceConfig.VolumeKmsKeyId", None)),
    ("Launch.4", "CreateProcessingJob", set_to("ProcessingResources.ClusterConfig.VolumeKmsKeyId", None)),
    ("Launch.4", "CreateTransformJob", set_to("TransformResources.VolumeKmsKeyId", None)),
    ("CKV_AWS_98", "CreateEndpointConfig", set_to("KmsKeyId", None)),
    ("Launch.5", "CreateTrainingJob", set_to("OutputDataConfig.KmsKeyId", None)),
    ("Launch.5", "CreateProcessingJob", set_to("ProcessingOutputConfig.KmsKeyId", None)),
    ("Launch.5", "CreateTransformJob", set_to("TransformOutput.KmsKeyId", None)),
    ("Launch.6", "CreateTrainingJob", set_to("StoppingCondition", {})),
    ("Launch.6", "CreateProcessingJob", set_to("StoppingCondition.MaxRuntimeInSeconds", 28 * 24 * 3600)),
    ("Launch.6", "CreateHyperParameterTuningJob", set_to("TrainingJobDefinition.StoppingCondition", {})),
    ("Launch.8", "CreateHyperParameterTuningJob", set_to("HyperParameterTuningJobConfig.ResourceLimits", {})),
    ("Launch.9", "CreateTrainingJob", set_to("EnableManagedSpotTraining", True)),
    ("Launch.10", "CreateTransformJob", set_to("Tags", [])),
    ("Launch.10", "CreateEndpoint", set_to("Tags", None)),
    ("SageMaker.16", "CreateModel", set_to("PrimaryContainer.Image", "docker.io/library/python:3")),
    ("SageMaker.1", "AWS::SageMaker::NotebookInstance", set_to("DirectInternetAccess", "Enabled")),
    ("SageMaker.2", "AWS::SageMaker::NotebookInstance", set_to("SubnetId", None)),
    ("SageMaker.8", "AWS::SageMaker::NotebookInstance", set_to("PlatformIdentifier", "notebook-al1-v1")),
    ("SageMaker.21", "AWS::SageMaker::NotebookInstance", set_to("KmsKeyId", None)),
    ("Launch.17", "CreateEndpointConfig", set_to("DataCaptureConfig", {"EnableCapture": True})),
    ("Launch.12", "AWS::SageMaker::NotebookInstance", set_to("InstanceMetadataServiceConfiguration", None)),
    ("SageMaker.4", "AWS::SageMaker::EndpointConfig", set_to("ProductionVariants", [{"InitialInstanceCount": 1}])),
    ("Launch.11", "AWS::SageMaker::Endpoint", set_to("DeploymentConfig.AutoRollbackConfiguration", None)),
    ("Launch.13", "AWS::SageMaker::Domain", set_to("AppNetworkAccessType", "PublicInternetOnly")),
    ("Launch.14", "AWS::EMR::SecurityConfiguration",
     set_to("SecurityConfiguration.EncryptionConfiguration.EnableInTransitEncryption", False)),
    ("Launch.15", "AWS::IAM::Role", set_to("AssumeRolePolicyDocument", trust({}))),
    ("Launch.15", "AWS::IAM::Role", set_to("AssumeRolePolicyDocument", trust({"i:aud": "aws"}))),
    ("Launch.15", "AWS::IAM::Role", set_to("AssumeRolePolicyDocument", trust({"i:aud": "aws", "i:sub": "a/*"}))),
]  # fmt: skip


@pytest.mark.parametrize(
    ("control", "kind", "change"), BROKEN, ids=lambda value: value if isinstance(value, str) else ""
)
def test_what_breaks_a_control_is_seen(templates, requests, control, kind, change):
    things = [thing for thing in [*templates, *requests] if thing[0] == kind]
    broken = copy.deepcopy(things[0][3])
    change(broken)
    violations = assertion.violations([(kind, "somewhere", "a/path", broken)])
    assert control in {violation.control for violation in violations}


def test_a_kind_of_resource_that_the_table_says_there_is_none_of_is_seen():
    violations = assertion.violations([("AWS::SageMaker::MonitoringSchedule", "somewhere", "a/path", {})])
    assert [violation.control for violation in violations] == ["SageMaker.14", "SageMaker.22"]
