"""A pinned endpoint, one stack each: what a pull request promoted, under a name that stays the same for clients.

Its resources are the deploy function's requests, so what was tested in one environment is what the next one serves.
CloudFormation generates the names of the model and of the endpoint configuration: neither can be changed in place, so
an update creates new ones before it deletes the old.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from launchpad.catalogue.pinned_endpoints import Pin
from launchpad.requests import (
    Environment,
    Request,
    Variant,
    deployment_config,
    endpoint_config_request,
    endpoint_request,
    model_request,
    shared_model_request,
)
from launchpad.requests.variants import SHADOW, VARIANT, instance_count
from launchpad.settings import EnvironmentSettings
from stacks.access import AccessStack
from stacks.base.job_network import JobNetwork
from stacks.base.platform_stack import PlatformStack
from stacks.base.storage import Storage
from stacks.constructs.endpoint_alarms import endpoint_alarms, monitoring_alarms
from stacks.constructs.endpoint_scaling import scale
from stacks.observability import ObservabilityStack
from stacks.permissions.endpoint_permissions import answer_later, notify, read_pinned_models
from stacks.permissions.inline_policies import attach
from stacks.registry import ImageStack


class EndpointStack(PlatformStack):
    """Model, endpoint configuration and endpoint, with the alarms that roll an update back, and scaling."""

    def __init__(
        self,
        scope: Construct,
        settings: EnvironmentSettings,
        pin: Pin,
        *,
        storage: Storage,
        network: JobNetwork,
        access: AccessStack,
        images: Mapping[str, ImageStack],
        observability: ObservabilityStack,
    ) -> None:
        workload = pin.definition["name"]
        super().__init__(scope, settings, f"endpoint-{workload}", f"Endpoint of workload {workload}")
        self._pin, self._role = pin, access.serving_role
        self._facts = self._environment(storage, network, access, images, observability)
        self._permission = self._may_read()
        config = self._resource("EndpointConfig", self._config())
        if pin.definition["serving"]["mode"] == "async":
            config.node.add_dependency(self._may_answer_later(storage, observability))
        request = endpoint_request(pin.definition, self._facts, _name_of(config, "EndpointConfig"))
        name = request["EndpointName"]
        variants = [VARIANT, *(variant.name for variant in pin.endpoint.variants or ())]
        alarms = [alarm for variant in variants for alarm in endpoint_alarms(self, self._facts, name, variant)]
        endpoint = cdk.CfnResource(
            self, "Endpoint", type="AWS::SageMaker::Endpoint", properties={**request, **self._update(alarms)}
        )
        watched = [*variants, *([SHADOW] if pin.endpoint.shadow else [])]
        for alarm in monitoring_alarms(self, pin.definition, self._facts, name, watched):
            alarm.node.add_dependency(endpoint)  # the count of hours without a report begins with the endpoint
        for variant in variants:
            scale(self, endpoint, pin.definition, self._facts, name, variant)
        self.output("EndpointName", name, "To be invoked (InvokeEndpoint)")
        # A promoted model by its key in the model bucket, whose imported name would be an output of two stacks.
        promoted = pin.endpoint.promoted
        serves = promoted.object_key if promoted else pin.endpoint.served_from(self._facts.model_bucket)
        self.output("Serves", serves, "The model that the config pins")

    def _config(self) -> Request:
        """The request of the endpoint configuration; each of its models is a resource."""
        pinned, bucket = self._pin.endpoint, self._facts.model_bucket
        first = Variant(self._model("Model", pinned.served_from(bucket)))
        others = [
            Variant(self._model(f"Model{other.name}", other.served_from(bucket)), other.name, other.weight)
            for other in pinned.variants or ()
        ]
        variants, shadow = [first, *others], None
        if pinned.shadow:
            model = self._model(f"Model{SHADOW}", pinned.shadow.served_from(bucket))
            shadow = Variant(model, SHADOW, pinned.shadow.percent / 100)
        return endpoint_config_request(self._pin.definition, self._facts, variants, shadow)

    def _model(self, name: str, model: str) -> str:
        """Create a model, and return its generated name."""
        definition, environment = self._pin.definition, self._facts
        if self._pin.endpoint.models:
            request = shared_model_request(definition, environment, model)
        else:
            before = self._pin.preprocessors(environment.model_bucket)
            request = model_request(definition, environment, model, preprocessors=before)
        resource = self._resource("Model", request, name)
        if self._permission:
            resource.node.add_dependency(self._permission)
        return _name_of(resource, "Model")

    def _update(self, alarms: Sequence[cdk.CfnResource]) -> Request:
        """How the endpoint is updated: the members of `UpdateEndpoint` that CloudFormation keeps with the endpoint."""
        section, release = self._pin.definition["serving"], self._pin.release
        # An update would otherwise reset the number of instances that scaling has set.
        kept = {"RetainAllVariantProperties": True} if section["scaling"] else {}
        if not release:
            return kept
        names = [alarm.ref for alarm in alarms]
        return {"DeploymentConfig": deployment_config(release, instance_count(section), names), **kept}

    def _resource(self, kind: str, request: Request, name: str = "") -> cdk.CfnResource:
        """Turn a request into a resource: CloudFormation's properties have the names of the API's members."""
        properties = {name: value for name, value in request.items() if name != f"{kind}Name"}
        return cdk.CfnResource(self, name or kind, type=f"AWS::SageMaker::{kind}", properties=properties)

    def _environment(
        self,
        storage: Storage,
        network: JobNetwork,
        access: AccessStack,
        images: Mapping[str, ImageStack],
        observability: ObservabilityStack,
    ) -> Environment:
        return Environment(
            name=self.settings.name,
            region=self.settings.region,
            data_bucket=storage.data_bucket,
            model_bucket=storage.model_bucket,
            kms_key_arn=storage.key_arn,
            training_role_arn=access.training_role.role_arn,
            serving_role_arn=access.serving_role.role_arn,
            subnet_ids=network.subnet_ids,
            security_group_ids=(network.security_group_id,),
            containers={name: image.uri for name, image in images.items()},
            tags=self.settings.tags,
            allow_serverless=self.settings.allow_serverless,
            alert_topic_arn=observability.alerts.topic_arn,
            alarms=self.settings.alarms.thresholds,
            runbooks=self.settings.runbooks,
        )

    def _may_read(self) -> iam.CfnPolicy | None:
        """Let the serving role read the pinned artifacts, which may be in another environment's bucket.

        The policy has the workload's name, because IAM replaces a role's inline policy of the same name.
        """
        statements = read_pinned_models(self._pin.endpoint, self.partition_name)
        return attach(self, f"Read-{self._pin.definition['name']}", self._role, statements) if statements else None

    def _may_answer_later(self, storage: Storage, observability: ObservabilityStack) -> iam.CfnPolicy:
        """Let the serving role write what an asynchronous endpoint answers, and say so."""
        workload, settings = self._pin.definition["name"], self._pin.definition["serving"]["async"] or {}
        statements = answer_later(storage, [workload])
        if settings.get("notify"):
            statements.append(notify(observability.alerts.topic_arn))
        return attach(self, f"Answer-{workload}", self._role, statements)


def _name_of(resource: cdk.CfnResource, kind: str) -> str:
    return resource.get_att(f"{kind}Name").to_string()
