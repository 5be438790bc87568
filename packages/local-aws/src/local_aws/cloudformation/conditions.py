"""Conditions with Fn::Join, Fn::Split, Fn::FindInMap or a pseudo parameter, which the emulator takes literally.

CDK's own bootstrap template has such a condition: taken literally, it gives the deployment role an unnamed policy.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local_aws.api.service import Scope

Template = dict[str, Any]
Parameters = dict[str, Any]
Evaluate = Callable[[Template, Parameters], dict[str, bool]]


def simplifying(inner: Evaluate, current_scope: Callable[[], Scope]) -> Evaluate:
    """``inner``, called with conditions reduced to the functions that it supports."""

    def evaluate(template: Template, parameters: Parameters) -> dict[str, bool]:
        values = _known(template, parameters, current_scope())
        conditions = {name: _simple(body, template, values) for name, body in template.get("Conditions", {}).items()}
        return inner({**template, "Conditions": conditions}, parameters)

    return evaluate


def _known(template: Template, parameters: Parameters, scope: Scope) -> dict[str, Any]:
    pseudo = {
        "AWS::AccountId": scope.account,
        "AWS::Partition": "aws",
        "AWS::Region": scope.region,
        "AWS::URLSuffix": "amazonaws.com",
    }
    declared = template.get("Parameters", {})
    lists = {name for name, body in declared.items() if str(body.get("Type")).startswith(("CommaDelimited", "List"))}
    values = {name: parameter["Value"] for name, parameter in parameters.items()}
    return {**pseudo, **values, **{name: _split(values[name]) for name in lists & values.keys()}}


def _split(value: Any) -> list[str]:
    if isinstance(value, list):
        return value
    return [item.strip() for item in str(value).split(",")] if value else []


def _simple(node: Any, template: Template, values: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_simple(item, template, values) for item in node]
    if not isinstance(node, dict) or len(node) != 1:
        return node
    ((function, operand),) = node.items()
    if function == "Ref":
        return values.get(operand, node)
    arguments = _simple(operand, template, values)
    if function == "Fn::Join":
        return str(arguments[0]).join(map(str, arguments[1]))
    if function == "Fn::Split":
        return str(arguments[1]).split(str(arguments[0]))
    if function == "Fn::FindInMap":
        return template["Mappings"][arguments[0]][arguments[1]][arguments[2]]
    return {function: arguments}
