"""Each constraint of CloudFormation's schemas broken once, for every resource type that has its schema checked."""

from __future__ import annotations

import json
import uuid

import pytest

from local_aws.cloudformation.schema import check_properties, schemas
from tests.conformance.readme import number
from tests.conformance.resource_types import Case, cases

SHOWN = 10


def difference(case: Case) -> str | None:
    """What the check says where AWS says something else, or None."""
    try:
        check_properties(case.type_name, "Id", case.properties)
        said = ""
    except ValueError as error:
        said = str(error)
    header = "Properties validation failed for resource Id with message:\n"
    expected = f"{header}{case.message}" if case.message else ""
    return None if said == expected else f"{said!r}, where CloudFormation says {expected!r}"


def test_every_constraint_of_every_type_is_checked():
    every = [case for type_name in sorted(schemas()) for case in cases(type_name)]
    wrong = [f"{case.type_name}, {case.what}: {words:.600}" for case in every if (words := difference(case))]
    assert not wrong, f"{len(wrong)} of {len(every)}:\n" + "\n".join(wrong[:SHOWN])
    assert len(every) == pytest.approx(number("about", "sets of properties"), rel=0.03)


def test_the_readme_counts_the_types():
    assert number("For the", "resource types") == len(schemas())


def test_a_stack_of_each_type_fails_with_the_words_of_the_check(plain_aws):
    cloudformation, stacks = plain_aws.client("cloudformation"), {}
    for type_name in schemas():
        stacks[type_name] = f"stack-{uuid.uuid4().hex[:8]}"
        template = {"Resources": {"Id": {"Type": type_name, "Properties": {"Zz": 1}}}}
        cloudformation.create_stack(
            StackName=stacks[type_name], TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_NAMED_IAM"]
        )
    for type_name, stack in stacks.items():
        with pytest.raises(Exception, match="ROLLBACK"):
            cloudformation.get_waiter("stack_create_complete").wait(
                StackName=stack, WaiterConfig={"Delay": 0.1, "MaxAttempts": 100}
            )
        reasons = [
            event.get("ResourceStatusReason", "")
            for event in cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
        ]
        assert any("#: extraneous key [Zz] is not permitted" in reason for reason in reasons), (type_name, reasons)
