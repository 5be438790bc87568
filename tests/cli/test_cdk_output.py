"""What the CDK CLI printed, for real, and what of it a person is shown."""

from __future__ import annotations

from launchpad.cli.programs.cdk import StackEnded, StackEvent, failure, read_line


def test_each_stack_of_a_deploy_is_counted_to_its_end_and_then_done(recording):
    news = [entry for line in recording("deploy.log") if (entry := read_line(line))]
    ended = [item.stack for item in news if isinstance(item, StackEnded)]
    assert ended == ["launchpad-local-storage", "launchpad-local-access", "launchpad-local-jobs"]
    for stack in ended:
        events = [item for item in news if isinstance(item, StackEvent) and item.stack == stack]
        assert events[-1].completed == events[-1].total
        assert {event.status for event in events} == {"CREATE_IN_PROGRESS", "CREATE_COMPLETE"}


def test_an_event_names_the_resource():
    line = "launchpad-dev-jobs |  3/13 | 11:37:40 AM | CREATE_COMPLETE    | AWS::Logs::LogGroup | dev/jobs/Logs (L0) \n"
    assert read_line(line) == StackEvent(
        "launchpad-dev-jobs", 3, 13, "CREATE_COMPLETE", "AWS::Logs::LogGroup", "dev/jobs/Logs (L0)"
    )


def test_the_events_of_a_destroy_have_no_total():
    line = "launchpad-local-jobs |   4 | 11:47:40 AM | DELETE_COMPLETE         | AWS::IAM::Role | local/jobs/R (R0)"
    event = read_line(line)
    assert isinstance(event, StackEvent)
    assert (event.completed, event.total) == (4, None)


def test_an_unchanged_and_a_destroyed_stack_are_distinguished():
    assert read_line(" ✅  local/jobs (launchpad-local-jobs) (no changes)") == StackEnded("launchpad-local-jobs", False)
    assert read_line(" ✅  local/jobs (launchpad-local-jobs): destroyed") == StackEnded("launchpad-local-jobs", True)


def test_a_failure_is_shown_whole_and_without_the_clis_own_stack_trace(recording):
    text = failure(recording("failed-bootstrap.log"))
    assert text.startswith(" ❌  Environment aws://123456789012/us-east-1 failed bootstrapping")
    assert "CDKToolkit/CloudFormationExecutionRole" in text
    assert "#/ManagedPolicyArns/0: failed\n  validation constraint for keyword [pattern]" in text
    assert "index.js" not in text
    assert "deploymentErrorCode" not in text


def test_a_failed_upload_is_shown_without_those_that_went_well():
    lines = [
        "app: start: Building app Template",
        "app: success: Built app Template",
        "app: fail: The bucket does not exist",
        "other: success: Built other Template",
        "Failed to publish asset app Template (current)",
    ]
    assert failure(lines) == "app: fail: The bucket does not exist\nFailed to publish asset app Template (current)"


def test_of_a_failure_without_any_word_for_it_the_last_lines_are_shown():
    assert failure([f"line {number}" for number in range(30)]).splitlines()[0] == "line 10"


def test_advice_to_run_the_cli_itself_is_left_out():
    lines = [
        " ❌  launchpad-dev-jobs failed: AccessDenied",
        "CloudTrail delivery can lag up to 15 minutes behind the failure; re-run `cdk diagnose` in a few minutes.",
    ]
    assert failure(lines) == lines[0]
