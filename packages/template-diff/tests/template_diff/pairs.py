"""Pairs of templates to compare: written by hand, or synthesized by the CDK."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from template_diff.assembly import read_templates
from template_diff.compare import compare
from template_diff.model import Difference, PermissionChange, ResourceChange, Template

Resources = dict[str, dict[str, Any]]


def template(resources: Resources, **sections: Any) -> Template:
    return {"Resources": resources, **sections}


def difference(old: Resources, new: Resources) -> Difference:
    """The comparison of one stack of one environment."""
    return compare({("dev", "stack"): template(old)}, {("dev", "stack"): template(new)})


def resource(kind: str, properties: dict[str, Any] | None = None, **attributes: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": properties or {}, **attributes}


def changed(comparison: Difference, logical_id: str) -> ResourceChange:
    (change,) = [change for change in comparison.resources if change.place.logical_id == logical_id]
    return change


def widened(comparison: Difference) -> list[PermissionChange]:
    return [change for change in comparison.permissions if change.widened]


def narrowed(comparison: Difference) -> list[PermissionChange]:
    return [change for change in comparison.permissions if not change.widened]


def synthesized(build: Callable[[Any], Any]) -> dict[tuple[str, str], Template]:
    """The templates of the CDK app that `build` fills, read back from its cloud assembly."""
    import aws_cdk as cdk

    with TemporaryDirectory() as folder:
        app = cdk.App(outdir=folder, analytics_reporting=False)
        build(app)
        app.synth()
        return read_templates(Path(folder))


def synthesized_stack(build: Callable[[Any], Any]) -> dict[tuple[str, str], Template]:
    """The template of stack `stack` of environment `dev` that `build` fills."""
    import aws_cdk as cdk

    return synthesized(lambda app: build(cdk.Stack(cdk.Stage(app, "dev"), "stack")))


def real_difference(before: Callable[[Any], Any], after: Callable[[Any], Any]) -> Difference:
    """The comparison of a real stack before and after an edit of its code."""
    return compare(synthesized_stack(before), synthesized_stack(after))


Statement = dict[str, Any]
TRUST = {
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}]
}
ARN = "arn:aws:s3:::data"


def allow(action: Any = "s3:GetObject", on: Any = ARN, **more: Any) -> Statement:
    return {"Effect": "Allow", "Action": action, "Resource": on, **more}


def deny(action: Any = "s3:*", on: Any = ARN, **more: Any) -> Statement:
    return {"Effect": "Deny", "Action": action, "Resource": on, **more}


def role(*statements: Statement, **properties: Any) -> dict[str, Any]:
    policies = [{"PolicyName": "p", "PolicyDocument": {"Statement": list(statements)}}] if statements else []
    return resource("IAM::Role", {"AssumeRolePolicyDocument": TRUST, "Policies": policies, **properties})
