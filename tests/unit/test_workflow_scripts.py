"""The scripts in the GitHub workflows, run with stand-ins for the programs that they call."""

from __future__ import annotations

import pytest

from template_diff.markdown import MARKER
from tests.unit.workflow_files import ACCEPTED, COMMENT, DEPLOY, DIFF, FILES, PLAN, run, script

LAUNCHPAD = ".venv/bin/launchpad"


@pytest.mark.parametrize("code", [0, 3, 5, 6, 9, 10, 17])
def test_a_danger_is_passed_on_and_the_report_shown(tmp_path, code):
    programs = {LAUNCHPAD: f'echo report > "${{!#}}"; exit {code}'}
    result = run(script(DIFF, "launchpad diff"), tmp_path, programs)
    assert (result["code"], result["GITHUB_OUTPUT"]) == (0, f"code={code}\n")
    assert result["GITHUB_STEP_SUMMARY"] == "report\n"


def test_a_comparison_that_fails_is_red(tmp_path):
    result = run(script(DIFF, "launchpad diff"), tmp_path, {LAUNCHPAD: "exit 1"})
    assert (result["code"], result["GITHUB_OUTPUT"]) == (1, "")


@pytest.mark.parametrize(
    ("code", "data", "permissions", "accepted"),
    [
        ("0", "false", "false", True),
        ("3", "false", "true", False),
        ("3", "true", "false", True),
        ("4", "true", "false", False),
        ("4", "false", "true", True),
        ("5", "true", "false", False),
        ("5", "false", "true", False),
        ("5", "true", "true", True),
    ],
)
def test_a_danger_needs_its_label(tmp_path, code, data, permissions, accepted):
    labels = {"DATA_LOSS": data, "PERMISSIONS": permissions, "FAILURE": "false"}
    result = run(script(ACCEPTED, "CODE"), tmp_path, CODE=code, **labels)
    assert (result["code"] == 0) is accepted, result["out"]


@pytest.mark.parametrize(
    ("code", "missing"), [("6", ""), ("7", "DATA_LOSS"), ("8", "PERMISSIONS"), ("9", "DATA_LOSS"), ("9", "PERMISSIONS")]
)
def test_a_failing_deploy_needs_its_label_too(tmp_path, code, missing):
    for labels, accepted in [
        ({}, True),
        ({"FAILURE": "false"}, False),
        ({missing: "false"} if missing else {"FAILURE": "false"}, False),
    ]:
        variables = {"DATA_LOSS": "true", "PERMISSIONS": "true", "FAILURE": "true", **labels}
        result = run(script(ACCEPTED, "CODE"), tmp_path, CODE=code, **variables)
        assert (result["code"] == 0) is accepted, result["out"]


@pytest.mark.parametrize(
    ("code", "missing", "accepted"),
    [
        ("10", "", True),
        ("10", "COST", False),
        ("11", "", True),
        ("11", "DATA_LOSS", False),
        ("12", "PERMISSIONS", False),
        ("14", "FAILURE", False),
        ("17", "COST", False),
    ],
)
def test_a_cost_above_the_threshold_needs_its_label(tmp_path, code, missing, accepted):
    labels = {"DATA_LOSS": "true", "PERMISSIONS": "true", "FAILURE": "true", "COST": "true"}
    result = run(script(ACCEPTED, "CODE"), tmp_path, CODE=code, **(labels | ({missing: "false"} if missing else {})))
    assert (result["code"] == 0) is accepted, result["out"]


GH = """
echo "$*" >> "$CALLS"
case "$*" in
  *--paginate*) printf '%s' "$EARLIER" ;;
esac
"""


@pytest.mark.parametrize(
    ("earlier", "call"),
    [
        ("", "api --silent repos/o/n/issues/7/comments --field body=@diff.md"),
        ("11\n", "api --silent --method PATCH repos/o/n/issues/comments/11 --field body=@diff.md"),
        ("11\n12\n", "api --silent --method PATCH repos/o/n/issues/comments/11 --field body=@diff.md"),
    ],
)
def test_the_comment_is_written_once_and_then_updated(tmp_path, earlier, call):
    variables = {"EARLIER": earlier, "GH_REPO": "o/n", "NUMBER": "7", "GITHUB_RUN_ID": "1"}
    result = run(script(COMMENT, "gh run download"), tmp_path, {"gh": GH}, **variables)
    assert result["code"] == 0, result["out"]
    assert result["CALLS"].splitlines()[-1] == call


def test_the_comment_is_recognized_by_the_marker_of_the_report():
    assert MARKER in script(COMMENT, "gh run download")


def test_a_repository_that_no_config_names_deploys_nothing_and_says_so(tmp_path):
    job = FILES["deploy"]["jobs"]["environments"]
    variables = {"GITHUB_REPOSITORY": "someone/fork"}
    result = run(script(job, "launchpad environments"), tmp_path, {LAUNCHPAD: "echo '[]'"}, **variables)
    assert (result["code"], result["GITHUB_OUTPUT"]) == (0, "steps=[]\n")
    assert "::notice::nothing is deployed" in result["out"]


@pytest.mark.parametrize("code", [0, 1])
def test_a_plan_is_shown_in_a_fence_and_its_failure_seen(tmp_path, code):
    result = run(script(PLAN, "cloud-diff"), tmp_path, {"make": f"echo '**bold** diff'; exit {code}"}, ENV="one")
    assert result["code"] == code
    assert result["GITHUB_STEP_SUMMARY"] == "## one: what would change\n\n~~~~text\n**bold** diff\n\n~~~~\n"


ORDER = """
case "$*" in
  *graphql*) printf '%s' "$DEPLOYED"; exit "$ANSWERS" ;;
  *compare*) printf '%s' "$COMPARED" ;;
esac
"""


@pytest.mark.parametrize(
    ("deployed", "answers", "compared", "goes_on"),
    [
        ("", "0", "", True),
        ("abc", "0", "ahead", True),
        ("abc", "0", "identical", True),
        ("abc", "0", "behind", False),
        ("", "1", "", True),
    ],
)
def test_a_deploy_never_goes_back_to_an_older_commit(tmp_path, deployed, answers, compared, goes_on):
    variables = {"DEPLOYED": deployed, "ANSWERS": answers, "COMPARED": compared, "ENV": "one"}
    variables |= {"GITHUB_REPOSITORY": "o/n", "GITHUB_SHA": "def"}
    result = run(script(DEPLOY, "gh api graphql"), tmp_path, {"gh": ORDER}, **variables)
    assert (result["code"] == 0) is goes_on, result["out"]
