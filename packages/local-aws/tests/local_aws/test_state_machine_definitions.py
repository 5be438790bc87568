"""Step Functions refuses the definitions that AWS refuses, in its words, in requests and in templates."""

from __future__ import annotations

import json
import uuid

import pytest
from botocore.exceptions import ClientError

from local_aws.front.state_definitions import definition_problem
from tests.local_aws.networks import resource
from tests.local_aws.state_machines import ROLE

PASS = {"Type": "Pass", "End": True}
LONG = "B" * 81
PREFIX, SCHEMA, TARGET = "Invalid State Machine Definition: '", "SCHEMA_VALIDATION_FAILED", "MISSING_TRANSITION_TARGET"
CONDITION = {"Variable": "$.a", "IsPresent": True}


def machine(first=PASS, **states):
    return {"StartAt": "A", "States": {"A": first, **states}}


def chosen(*rules, **members):
    return machine({"Type": "Choice", "Choices": [*rules], "Default": "B", **members}, B=PASS)


def task(**members):
    return machine({"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "End": True, **members})


def jsonata(*states):
    return {**machine(*states), "QueryLanguage": "JSONata"}


REFUSED = [
    ({"States": {"A": PASS}}, f"{SCHEMA}: These fields are required: [StartAt] at /"),
    ({**machine(), "StartAt": "B"}, f"{TARGET}: Missing 'Next' target: B at /StartAt, {TARGET}: State \"A\" is not"),
    ({**machine(), "Colour": 1}, f"{SCHEMA}: Field 'Colour' is not supported at /"),
    ({**machine(), "States": []}, f"{SCHEMA}: Expected value of type Object at /States"),
    ({**machine(), "Version": "2.0"}, f"{SCHEMA}: Value should be one of the following: [1.0] at /Version"),
    (machine({"Type": "Pass"}), f"{SCHEMA}: This object should have only one of the following fields: [Next, End] at"),
    (machine({**PASS, "Next": "A"}), f"{SCHEMA}: There should only be one of the following fields: [Next, End] at"),
    (
        machine({"Type": "Pass", "Next": "B"}),
        f"{TARGET}: Missing 'Next' target: B at /States/A/Next, MISSING_END_STATE: Workflow has no terminal state at",
    ),
    (machine(PASS, B=PASS), f'{TARGET}: State "B" is not reachable. at /States/B'),
    (
        machine({"Type": "Pass", "Next": "B"}, B={"Type": "Pass", "Next": "A"}),
        "MISSING_END_STATE: Workflow has no terminal state at null'",
    ),
    (machine({}), f"{SCHEMA}: These fields are required: [Type] at /States/A"),
    (machine({"Type": "Dance"}), f"{SCHEMA}: Value should be one of the following: [Task, Parallel, Map, Pass, "),
    (machine({**PASS, "Catch": []}), f"{SCHEMA}: Field 'Catch' is not supported at /States/A"),
    (machine(7), f"{SCHEMA}: Expected value of type Object at /States/A"),
    (chosen(), f"{SCHEMA}: Value cannot be empty at /States/A/Choices"),
    (chosen(CONDITION), f"{SCHEMA}: These fields are required: [Next] at /States/A/Choices[0]"),
    (chosen({**CONDITION, "Next": "C"}), f"{TARGET}: Missing 'Next' target: C at /States/A/Choices[0]/Next"),
    (chosen({**CONDITION, "Next": "B"}, Default="C"), f"{TARGET}: Missing 'Next' target: C at /States/A/Default"),
    (chosen({"Next": "B"}), f"{SCHEMA}: The object must have only one of the following fields, [And, Or, Not, Vari"),
    (chosen({"Not": {**CONDITION, "Next": "B"}, "Next": "B"}), f"{SCHEMA}: Field 'Next' is not supported at /States/A"),
    (
        machine({"Type": "Wait", "Seconds": 1, "Timestamp": "2030-01-01T00:00:00Z", "End": True}),
        f"{SCHEMA}: There should only be one of the following fields: [SecondsPath, Seconds, TimestampPath, Timestamp]",
    ),
    (
        machine({"Type": "Wait", "Seconds": "1", "End": True}),
        f"{SCHEMA}: Expected value of type Integer at /States/A/S",
    ),
    (task(Resource="publish"), f"{SCHEMA}: Value is not a valid resource ARN at /States/A/Resource"),
    (task(TimeoutSeconds=0), f"{SCHEMA}: Minimum value is 1 at /States/A/TimeoutSeconds"),
    (task(Retry={}), f"{SCHEMA}: Expected value of type Array at /States/A/Retry"),
    (task(Retry=[{}]), f"{SCHEMA}: These fields are required: [ErrorEquals] at /States/A/Retry[0]"),
    (task(Retry=[{"ErrorEquals": []}]), f"{SCHEMA}: Value cannot be empty at /States/A/Retry[0]/ErrorEquals"),
    (task(Retry=[{"ErrorEquals": ["a"], "MaxAttempts": -1}]), f"{SCHEMA}: Minimum value is 0 at /States/A/Retry[0]/M"),
    (task(Catch=[{"ErrorEquals": ["a"]}]), f"{SCHEMA}: These fields are required: [Next] at /States/A/Catch[0]"),
    (
        task(Retry=[{"ErrorEquals": ["States.ALL", "a"]}]),
        f"{SCHEMA}: States.ALL must appear alone and at end of list at /States/A/Retry[0]/ErrorEquals",
    ),
    (
        machine({"Type": "Pass", "Next": LONG}, **{LONG: PASS}),
        f"INVALID_STATE_NAME: Invalid State name: State '{LONG}'",
    ),
    (
        machine({"Type": "Parallel", "Branches": [machine()], "End": True}),
        "DUPLICATE_STATE_NAME: Duplicate State name: A at /States/A/Branches[0]/States/A",
    ),
    (
        machine({"Type": "Map", "ItemProcessor": {"StartAt": "B", "States": {"C": PASS}}, "End": True}),
        f"{TARGET}: Missing 'Next' target: B at /States/A/ItemProcessor/StartAt",
    ),
    (
        machine({**PASS, "Output": 1}),
        f"{SCHEMA}: The QueryLanguage is set to 'JSONPath', but field 'Output' is only supported for the 'JSONata' Que",
    ),
    (jsonata({**PASS, "InputPath": "$"}), f"{SCHEMA}: The QueryLanguage is set to 'JSONata', but field 'InputPath' is"),
]
TAKEN = [
    machine(),
    chosen({"And": [CONDITION, {"Not": CONDITION}], "Next": "B"}),
    task(Retry=[{"ErrorEquals": ["a"], "IntervalSeconds": 0}, {"ErrorEquals": ["States.ALL"], "BackoffRate": 1.5}]),
    jsonata({"Type": "Wait", "Seconds": "{% 1 %}", "End": True}),
    machine({"Type": "Pass", "Next": "B"}, B={"Type": "Fail"}),
]


@pytest.mark.parametrize(("definition", "words"), REFUSED, ids=[words[:90] for _, words in REFUSED])
def test_a_wrong_definition_is_refused_in_the_services_words(definition, words):
    assert str(definition_problem(json.dumps(definition))).startswith(PREFIX + words)


@pytest.mark.parametrize("definition", TAKEN)
def test_a_right_definition_is_taken(definition):
    assert definition_problem(json.dumps(definition)) is None


@pytest.fixture
def step_functions(plain_aws):
    return plain_aws.client("stepfunctions")


def refused(call, **request):
    with pytest.raises(ClientError) as refusal:
        call(**request)
    return refusal.value.response["Error"]


def test_a_machine_is_neither_made_nor_changed_with_a_wrong_one(step_functions):
    name, text = f"machine-{uuid.uuid4().hex[:8]}", json.dumps(machine())
    arn = step_functions.create_state_machine(name=name, definition=text, roleArn=ROLE)["stateMachineArn"]
    error = refused(step_functions.create_state_machine, name=name, definition="{nope", roleArn=ROLE)
    assert error["Code"] == "InvalidDefinition"
    assert error["Message"].startswith(f"{PREFIX}INVALID_JSON_DESCRIPTION: ")
    wrong = json.dumps(machine({"Type": "Pass"}))
    error = refused(step_functions.update_state_machine, stateMachineArn=arn, definition=wrong)
    assert error["Code"] == "InvalidDefinition"
    assert step_functions.describe_state_machine(stateMachineArn=arn)["definition"] == text


@pytest.mark.parametrize("name", ["a b", "a/b", "a*", "a\u0085"])
def test_a_machines_name_has_no_special_characters(step_functions, name):
    error = refused(step_functions.create_state_machine, name=name, definition=json.dumps(machine()), roleArn=ROLE)
    assert (error["Code"], error["Message"]) == ("InvalidName", f"Invalid Name: '{name}'")


def test_validation_lists_what_is_wrong(step_functions):
    answer = step_functions.validate_state_machine_definition(definition=json.dumps(machine()))
    assert (answer["result"], answer["diagnostics"], answer["truncated"]) == ("OK", [], False)
    wrong = json.dumps(machine({"Type": "Pass", "Next": "B"}))
    answer = step_functions.validate_state_machine_definition(definition=wrong, maxResults=1)
    missing = {"severity": "ERROR", "code": TARGET, "message": "Missing 'Next' target: B", "location": "/States/A/Next"}
    assert (answer["result"], answer["diagnostics"], answer["truncated"]) == ("FAIL", [missing], True)
    (_, ending) = step_functions.validate_state_machine_definition(definition=wrong)["diagnostics"]
    assert (ending["code"], "location" in ending) == ("MISSING_END_STATE", False)


def test_a_template_with_a_wrong_definition_fails_the_stack(stack):
    wrong = resource("StepFunctions::StateMachine", RoleArn=ROLE, Definition=machine(PASS, B=PASS))
    assert stack.apply({"A": wrong}) == "ROLLBACK_COMPLETE"
    assert any('State "B" is not reachable. at /States/B' in text for text in stack.reasons()), stack.reasons()
