"""Exports between stacks: a change of outputs only is deployed, and what another stack imports stays as it is."""

from __future__ import annotations

import json
import uuid

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.networks import ref, resource
from tests.local_aws.stacks import Stack


@pytest.fixture
def export():
    return f"export-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def importer(plain_aws):
    """A second stack, which a test lets import; deleted before the exporting one."""
    stack = Stack(plain_aws)
    yield stack
    stack.delete()


def template(value, *exports, **more):
    queue = resource("SQS::Queue", QueueName=value)
    outputs = {f"Output{number}": {"Value": value, "Export": {"Name": name}} for number, name in enumerate(exports)}
    return {"Resources": {"Queue": queue}, "Outputs": outputs, **more}


def change_set(stack, body):
    stack.cloudformation.create_change_set(StackName=stack.name, ChangeSetName="change", TemplateBody=json.dumps(body))
    return stack.cloudformation.describe_change_set(StackName=stack.name, ChangeSetName="change")


def update(stack, body):
    stack.cloudformation.update_stack(StackName=stack.name, TemplateBody=json.dumps(body))
    return stack.settle()


def create(stack, body):
    stack.cloudformation.create_stack(StackName=stack.name, TemplateBody=json.dumps(body))
    return stack.settle()


def importing(export):
    return {"Resources": {"Topic": resource("SNS::Topic", DisplayName={"Fn::ImportValue": export})}}


def exported(stack):
    pages = stack.cloudformation.get_paginator("list_exports").paginate()
    return {item["Name"]: item["Value"] for page in pages for item in page["Exports"]}


def test_a_change_set_of_outputs_only_is_executable(stack, importer, export):
    create(stack, template(export))
    described = change_set(stack, template(export, export))
    assert (described["Status"], described["ExecutionStatus"]) == ("CREATE_COMPLETE", "AVAILABLE")
    assert described["Changes"] == []
    stack.cloudformation.execute_change_set(StackName=stack.name, ChangeSetName="change")
    assert stack.settle() == "UPDATE_COMPLETE"
    assert exported(stack)[export] == export
    assert create(importer, importing(export)) == "CREATE_COMPLETE"


def test_a_change_set_of_a_parameter_in_an_output_is_executable(stack, export):
    body = template(export, Parameters={"Value": {"Type": "String", "Default": "old"}})
    body["Outputs"] = {"Value": {"Value": ref("Value")}}
    create(stack, body)
    body["Parameters"]["Value"]["Default"] = "new"
    assert change_set(stack, body)["ExecutionStatus"] == "AVAILABLE"


def test_a_change_set_without_any_change_is_not_executable(stack, export):
    create(stack, template(export, export))
    assert change_set(stack, template(export, export))["ExecutionStatus"] == "UNAVAILABLE"


@pytest.mark.parametrize("verb", ["updated", "deleted"])
def test_an_export_in_use_stays_as_it_is(stack, importer, export, verb):
    create(stack, template(export, export))
    create(importer, importing(export))
    changed = template(f"{export}-new", export) if verb == "updated" else template(export)
    assert update(stack, changed) == "UPDATE_ROLLBACK_COMPLETE"
    assert f"Export {export} cannot be {verb} as it is in use by {importer.name}" in stack.reasons()
    assert exported(stack)[export] == export
    assert stack.cloudformation.list_imports(ExportName=export)["Imports"] == [importer.name]


def test_a_removed_export_is_no_longer_listed(stack, export):
    create(stack, template(export, export))
    assert update(stack, template(export)) == "UPDATE_COMPLETE"
    assert export not in exported(stack)


def test_an_export_that_its_importer_released_can_change(stack, importer, export):
    create(stack, template(export, export))
    create(importer, importing(export))
    update(importer, {"Resources": {"Topic": resource("SNS::Topic", DisplayName="none")}})
    assert update(stack, template(f"{export}-new", export)) == "UPDATE_COMPLETE"
    assert exported(stack)[export] == f"{export}-new"


def test_two_stacks_cannot_export_one_name(stack, importer, export):
    create(stack, template(export, export))
    assert create(importer, template(f"{export}-other", export)) == "ROLLBACK_COMPLETE"
    assert f"Export with name {export} is already exported by stack {stack.name}" in importer.reasons()


def test_imports_of_an_unused_export_are_refused(stack, export):
    create(stack, template(export, export))
    with pytest.raises(ClientError, match="is not imported by any stack"):
        stack.cloudformation.list_imports(ExportName=export)
