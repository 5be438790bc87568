"""Scaling: an endpoint's number of instances follows its load."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_applicationautoscaling as scaling
from constructs import Construct

from launchpad.requests.endpoint import VARIANT
from launchpad.settings import PinnedEndpoint

SCALE_OUT_SECONDS, SCALE_IN_SECONDS = 60, 300
"""How long scaling waits after a step. It adds an instance sooner than it removes one."""

DIMENSION = "sagemaker:variant:DesiredInstanceCount"


def scale_with_load(scope: Construct, endpoint: cdk.CfnResource, name: str, pinned: PinnedEndpoint) -> None:
    """Keep each instance's invocations per minute near the target in the config (target tracking).

    Application Auto Scaling uses a service-linked role. It refuses an update to another instance type while the
    endpoint is scaled: deploy without the two bounds first, then with the new type and the bounds.
    """
    target = scaling.CfnScalableTarget(
        scope,
        "ScalableTarget",
        service_namespace="sagemaker",
        resource_id=f"endpoint/{name}/variant/{VARIANT}",
        scalable_dimension=DIMENSION,
        min_capacity=pinned.minimum_instances or 1,
        max_capacity=pinned.maximum_instances or 1,
    )
    target.add_resource_dependency(endpoint)
    scaling.CfnScalingPolicy(
        scope,
        "ScalingPolicy",
        policy_name=f"{name}-invocations",  # CloudFormation generates none for this type
        policy_type="TargetTrackingScaling",
        scaling_target_id=target.ref,
        target_tracking_scaling_policy_configuration=scaling.CfnScalingPolicy.TargetTrackingScalingPolicyConfigurationProperty(
            target_value=pinned.invocations_per_instance,
            scale_out_cooldown=SCALE_OUT_SECONDS,
            scale_in_cooldown=SCALE_IN_SECONDS,
            predefined_metric_specification=scaling.CfnScalingPolicy.PredefinedMetricSpecificationProperty(
                predefined_metric_type="SageMakerVariantInvocationsPerInstance"
            ),
        ),
    )
