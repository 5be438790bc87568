"""JSONata state machines evaluate expressions, variables, choices and branches as AWS says."""

from __future__ import annotations

import time
import uuid

from tests.local_aws.launcher import create_function
from tests.local_aws.state_machines import catching, task


def test_a_caught_job_failure_reaches_the_cause_of_a_fail_state(machines, jobs):
    request = jobs.request("raise SystemExit(9)")
    remembered = {
        "stage": "Train",
        "cause": "{% $parse($states.errorOutput.Cause).FailureReason %}",
        "error": "{% $states.errorOutput.Error %}",
    }
    execution = machines.run(
        {
            "Train": task("sagemaker:createTrainingJob.sync", request, **catching("Failed", **remembered)),
            "Failed": {"Type": "Fail", "Error": "{% $error %}", "Cause": "{% $stage & ': ' & $cause %}"},
        }
    )
    assert execution["error"] == "States.TaskFailed"
    assert execution["cause"].startswith("Train: AlgorithmError") and "9" in execution["cause"]


def test_a_catcher_s_output_is_the_next_state_s_input(machines):
    state = task("sagemaker:createTrainingJob", {})
    state["Catch"] = [
        {"ErrorEquals": ["States.ALL"], "Output": {"why": "{% $states.errorOutput.Error %}"}, "Next": "End"}
    ]
    assert machines.output({"Try": state, "End": {"Type": "Succeed"}}) == {"why": "SageMaker.AmazonSageMakerException"}


def test_assign_keeps_values_of_every_type_and_sees_what_was_before(machines):
    output = machines.output(
        {
            "First": {
                "Type": "Pass",
                "Assign": {"number": 1, "nothing": None, "map": {"a": [1, "{% $states.input.x %}"]}, "empty": {}},
                "Next": "Second",
            },
            "Second": {
                "Type": "Pass",
                "Assign": {"number": "{% $number + 1 %}", "old": "{% $number %}"},
                "Next": "Done",
            },
            "Done": {"Type": "Succeed", "Output": "{% [$number, $old, $nothing = null, $map, $empty] %}"},
        },
        {"x": "given"},
    )
    assert output == [2, 1, True, {"a": [1, "given"]}, {}]


def test_the_execution_s_name_defaults_and_merges_are_there(machines):
    name = f"run-{uuid.uuid4().hex[:8]}"
    output = machines.output(
        {
            "Begin": {
                "Type": "Pass",
                "Assign": {
                    "token": "{% $exists($states.input.t) ? $states.input.t : $states.context.Execution.Name %}",
                    "merged": "{% $merge([{'a': 1}, {'b': 2}]) %}",
                },
                "Next": "Done",
            },
            "Done": {"Type": "Succeed", "Output": {"token": "{% $token %}", "merged": "{% $merged %}"}},
        },
        name=name,
    )
    assert output == {"token": name, "merged": {"a": 1, "b": 2}}


def test_choice_and_wait_evaluate_expressions(machines):
    states = {
        "Wait": {"Type": "Wait", "Seconds": "{% $states.input.seconds %}", "Next": "Choose"},
        "Choose": {
            "Type": "Choice",
            "Choices": [
                {"Condition": "{% $states.input.kind in ['a', 'b'] and $states.input.job != null %}", "Next": "Yes"}
            ],
            "Default": "No",
        },
        "Yes": {"Type": "Succeed", "Output": "yes"},
        "No": {"Type": "Succeed", "Output": "no"},
    }
    start = time.monotonic()
    assert machines.output(states, {"kind": "a", "seconds": 1, "job": {"x": 1}}) == "yes"
    assert time.monotonic() - start > 1
    assert machines.output(states, {"kind": "a", "seconds": 0, "job": None}) == "no"


def test_an_expression_without_a_value_fails_as_a_query_error(machines):
    execution = machines.run({"Bad": {"Type": "Pass", "Output": "{% $states.input.missing %}", "End": True}})
    assert execution["error"] == "States.QueryEvaluationError"


def test_parallel_branches_take_arguments_and_their_results_are_assigned(machines):
    def branch(name, expression):
        return {"StartAt": name, "States": {name: {"Type": "Pass", "Output": expression, "End": True}}}

    output = machines.output(
        {
            "Both": {
                "Type": "Parallel",
                "Arguments": {"x": "{% $states.input.n %}"},
                "Branches": [branch("P", "{% $states.input.x + 1 %}"), branch("Q", "{% $states.input.x + 2 %}")],
                "Assign": {"sum": "{% $sum($states.result) %}"},
                "Output": "{% $states.result %}",
                "Next": "Done",
            },
            "Done": {"Type": "Succeed", "Output": {"each": "{% $states.input %}", "sum": "{% $sum %}"}},
        },
        {"n": 10},
    )
    assert output == {"each": [11, 12], "sum": 23}


def test_a_lambda_s_payload_renders_the_request_that_a_job_runs(machines, jobs):
    request = jobs.request("print()")
    name = f"plan-{uuid.uuid4().hex[:8]}"
    create_function(
        jobs.aws, name, "def handler(event, context):\n    return {'training': event['request'], 'tuning': None}"
    )
    output = machines.output(
        {
            "Plan": task(
                "lambda:invoke",
                {"FunctionName": name, "Payload": {"request": "{% $states.input.request %}"}},
                Assign={"plan": "{% $states.result.Payload %}"},
                Next="Tune?",
            ),
            "Tune?": {
                "Type": "Choice",
                "Choices": [{"Condition": "{% $plan.tuning != null %}", "Next": "Never"}],
                "Default": "Train",
            },
            "Never": {"Type": "Fail"},
            "Train": task(
                "sagemaker:createTrainingJob.sync",
                "{% $plan.training %}",
                Assign={"job": "{% $plan.training.TrainingJobName %}"},
                Next="Done",
            ),
            "Done": {"Type": "Succeed", "Output": "{% $job %}"},
        },
        {"request": request},
    )
    assert output == request["TrainingJobName"]
