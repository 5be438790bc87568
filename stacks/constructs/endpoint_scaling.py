"""An endpoint's number of instances follows its load."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_applicationautoscaling as scaling
from constructs import Construct

from launchpad.requests.endpoint import VARIANT
from launchpad.settings import PinnedEndpoint

SCALE_OUT_SECONDS, SCALE_IN_SECONDS = 60, 300
"""How long scaling waits after a step: less before another instance comes than before one goes."""

DIMENSION = "sagemaker:variant:DesiredInstanceCount"


def scale_with_load(scope: Construct, endpoint: cdk.CfnResource, name: str, pinned: PinnedEndpoint) -> None:
    """Keep the invocations that an instance gets in a minute near what the config aims at (target tracking).

    Application Auto Scaling acts by a service-linked role of its own. It refuses an update to another instance type as
    long as the endpoint is scaled: deploy without the two bounds first, then with the new type and the bounds.
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
