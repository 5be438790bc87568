"""Write `schemas.json` from the resource schemas that cfn-lint ships.

`.venv/bin/python -m local_aws.cloudformation.lock_schemas`
The local AWS reads this file, so that it does not need cfn-lint (by far its biggest dependency otherwise). One line per
type, with only what is checked and what causes a replacement: no prose, so that a change by AWS is a short diff.
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

TARGET = Path(__file__).with_name("schemas.json")
TYPES = (
    *(f"AWS::ApplicationAutoScaling::{name}" for name in ("ScalableTarget", "ScalingPolicy")),
    "AWS::Budgets::Budget",
    *(f"AWS::CE::{name}" for name in ("AnomalyMonitor", "AnomalySubscription")),
    "AWS::CloudTrail::Trail",
    *(f"AWS::CloudWatch::{name}" for name in ("Alarm", "CompositeAlarm", "Dashboard")),
    *(f"AWS::EC2::{name}" for name in ("EIP", "FlowLog", "InternetGateway", "NatGateway", "Route", "RouteTable")),
    *(f"AWS::EC2::SecurityGroup{name}" for name in ("", "Egress", "Ingress")),
    *(f"AWS::EC2::{name}" for name in ("Subnet", "SubnetRouteTableAssociation", "VPC", "VPCEndpoint")),
    "AWS::ECR::Repository",
    *(f"AWS::EMR::{name}" for name in ("Cluster", "InstanceGroupConfig", "SecurityConfiguration", "Studio")),
    "AWS::EMRServerless::Application",
    "AWS::Events::Rule",
    *(f"AWS::IAM::{name}" for name in ("InstanceProfile", "ManagedPolicy", "OIDCProvider", "Policy", "Role")),
    "AWS::IAM::SAMLProvider",
    *(f"AWS::KMS::{name}" for name in ("Alias", "Key")),
    *(f"AWS::Lambda::{name}" for name in ("Alias", "EventInvokeConfig", "Function", "Permission", "Version")),
    *(f"AWS::Logs::{name}" for name in ("LogGroup", "MetricFilter", "ResourcePolicy")),
    *(f"AWS::S3::{name}" for name in ("Bucket", "BucketPolicy")),
    *(f"AWS::SNS::{name}" for name in ("Subscription", "Topic", "TopicPolicy")),
    *(f"AWS::SQS::{name}" for name in ("Queue", "QueuePolicy")),
    "AWS::SSM::Parameter",
    *(f"AWS::SageMaker::{name}" for name in ("App", "CodeRepository", "Domain", "Endpoint", "EndpointConfig")),
    *(f"AWS::SageMaker::{name}" for name in ("MlflowApp", "MlflowTrackingServer", "Model", "ModelPackageGroup")),
    *(f"AWS::SageMaker::NotebookInstance{name}" for name in ("", "LifecycleConfig")),
    *(f"AWS::SageMaker::{name}" for name in ("Space", "StudioLifecycleConfig", "UserProfile")),
    "AWS::Scheduler::Schedule",
    "AWS::StepFunctions::StateMachine",
)
KEYWORDS = {
    *("$ref", "type", "enum", "pattern", "required", "additionalProperties"),
    *("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "uniqueItems", "minProperties"),
}
POINTERS = ("createOnlyProperties", "readOnlyProperties", "primaryIdentifier")


def main() -> None:
    """Write the file."""
    TARGET.write_text(content(), encoding="utf-8")


def content() -> str:
    """The file's content for the installed cfn-lint."""
    lines = (f"{json.dumps(name)}: {json.dumps(_kept(_schema(name)), sort_keys=True)}" for name in sorted(TYPES))
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _schema(type_name: str) -> dict[str, Any]:
    folder = _folder()
    index = json.loads((folder / "providers" / "us-east-1.json").read_text("utf-8"))
    schema: dict[str, Any] = json.loads((folder / "resources" / f"{index[type_name]}.json").read_text("utf-8"))
    return schema


def _folder() -> Path:
    spec = importlib.util.find_spec("cfnlint")
    if spec is None or spec.origin is None:
        raise SystemExit("cfn-lint is not installed in this environment: use .venv/bin/python (make setup)")
    return Path(spec.origin).parent / "data" / "schemas"


def _kept(schema: dict[str, Any]) -> dict[str, Any]:
    pointers = {
        key: sorted(pointer.removeprefix("/properties/") for pointer in schema[key])
        for key in POINTERS
        if key in schema
    }
    definitions = {name: _pruned(shape) for name, shape in schema.get("definitions", {}).items()}
    tagging = schema.get("tagging", {})
    tags = tagging.get("tagProperty", "").removeprefix("/properties/") if tagging.get("taggable") else ""
    return {**_pruned(schema), **pointers, "definitions": definitions, **({"tags": tags} if tags else {})}


def _pruned(shape: Any) -> Any:
    if not isinstance(shape, dict):
        return shape
    pruned = {key: value for key, value in shape.items() if key in KEYWORDS}
    if isinstance(pruned.get("additionalProperties"), dict):
        pruned["additionalProperties"] = _pruned(pruned["additionalProperties"])
    if "properties" in shape:
        pruned["properties"] = {name: _pruned(member) for name, member in shape["properties"].items()}
    if "patternProperties" in shape:
        pruned["patternProperties"] = {name: _pruned(member) for name, member in shape["patternProperties"].items()}
    if isinstance(shape.get("items"), dict):
        pruned["items"] = _pruned(shape["items"])
    return pruned


if __name__ == "__main__":
    main()
