"""The resources on which AWS authorizes the operations of Experiments, by the Service Authorization Reference."""

from __future__ import annotations

import pytest

from local_aws.api.service import Scope
from local_aws.iam.needs import of_the_caller
from local_aws.iam.service_needs import component_metrics

SCOPE = Scope("123456789012", "us-east-1")
ROOT = "arn:aws:sagemaker:us-east-1:123456789012"
TRIAL, COMPONENT = {"TrialName": "T"}, {"TrialComponentName": "c"}


@pytest.mark.parametrize(
    ("operation", "request_members", "resources"),
    [
        ("DescribeExperiment", {"ExperimentName": "e"}, ["experiment/e"]),
        ("CreateTrial", {**TRIAL, "ExperimentName": "e"}, ["experiment-trial/t", "experiment/e"]),
        ("AssociateTrialComponent", {**TRIAL, **COMPONENT}, ["experiment-trial-component/c", "experiment-trial/t"]),
        ("UpdateTrialComponent", COMPONENT, ["experiment-trial-component/c"]),
    ],
)
def test_each_resource_that_an_operation_names_is_asked_for(operation, request_members, resources):
    needs = list(of_the_caller(SCOPE, operation, request_members))
    assert [(need.action, need.resource) for need in needs] == [
        (f"sagemaker:{operation}", f"{ROOT}:{resource}") for resource in resources
    ]


def test_lists_have_no_resource():
    assert [need.resource for need in of_the_caller(SCOPE, "ListTrials", {"ExperimentName": "e"})] == ["*"]


def test_tags_of_a_new_trial_are_those_of_the_trial():
    request = {**TRIAL, "ExperimentName": "e", "Tags": [{"Key": "a", "Value": "b"}]}
    (tagging,) = [need for need in of_the_caller(SCOPE, "CreateTrial", request) if need.action == "sagemaker:AddTags"]
    assert tagging.resource == f"{ROOT}:experiment-trial/t"


def test_metrics_are_on_their_components():
    arn = f"{ROOT}:experiment-trial-component/c"
    queries = {"MetricQueries": [{"ResourceArn": arn}, {"ResourceArn": arn}]}
    assert [need.resource for need in component_metrics(SCOPE, "BatchPutMetrics", COMPONENT)] == [arn]
    assert [need.resource for need in component_metrics(SCOPE, "BatchGetMetrics", queries)] == [arn]
