"""What the GitHub workflows promise, read from their YAML."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
import yaml

from launchpad import paths
from launchpad.cli.commands.environments import steps
from launchpad.settings import EnvironmentSettings, GithubSettings, environment_names
from launchpad.settings.github import LONGEST_SHIFT_MINUTES
from stacks.github import DEPLOY_HOURS
from stacks.permissions.github_permissions import BRANCH
from tests.unit.workflow_files import (
    ACCEPTED,
    COMMENT,
    DEPLOY,
    DIFF,
    FILES,
    GITHUB,
    JOBS,
    ON,
    PLAN,
    PROMOTION,
    WITHDRAW,
    run,
    step,
)


def uses() -> Iterator[str]:
    files = [*FILES.values(), yaml.safe_load((GITHUB / "actions" / "setup" / "action.yaml").read_text("utf-8"))]
    for text in map(json.dumps, files):
        yield from re.findall(r'"uses": "([^"]+)"', text.replace('"true":', '"on":'))


def test_every_action_is_pinned_by_its_commit():
    others = [each for each in uses() if not each.startswith("./")]
    assert others
    assert [each for each in others if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", each)] == []


def test_no_checkout_keeps_the_token():
    checkouts = [
        each for _, _, job in JOBS for each in job.get("steps", ()) if "actions/checkout" in str(each.get("uses"))
    ]
    assert checkouts
    assert all(each["with"]["persist-credentials"] is False for each in checkouts)


def test_a_deploy_asks_no_question_on_a_runner():
    assert step(DEPLOY, "Deploy")["run"].endswith('launchpad deploy --env "$ENV" --yes')


def test_the_plan_is_made_before_approval_and_with_its_own_role():
    assert "environment" not in PLAN
    assert step(PLAN, "configure-aws-credentials")["with"]["role-to-assume"] == "${{ inputs.plan-role }}"
    assert DEPLOY["needs"] == "plan"
    assert DEPLOY["environment"] == "${{ inputs.environment }}"
    assert step(DEPLOY, "configure-aws-credentials")["with"]["role-to-assume"] == "${{ inputs.deploy-role }}"


def test_the_plan_refuses_pins_before_anybody_approves():
    assert step(PLAN, "Whether the pinned models")["run"] == '.venv/bin/launchpad validate --pins "$ENV"'


def test_a_waiting_deploy_holds_back_its_own_environment_only():
    assert DEPLOY["concurrency"] == {"group": "deploy-${{ inputs.environment }}", "cancel-in-progress": False}
    assert "concurrency" not in FILES["deploy"]
    assert "concurrency" not in FILES["deploy-environment"]
    assert [job for job in PROMOTION if "concurrency" in FILES["deploy"]["jobs"][job]] == []


def test_a_commit_is_deployed_only_after_its_checks():
    jobs = FILES["deploy"]["jobs"]
    assert (
        jobs["checks"]["uses"] == FILES["pull-request"]["jobs"]["checks"]["uses"] == "./.github/workflows/checks.yaml"
    )
    assert set(jobs["first"]["needs"]) == {"environments", "checks"}
    for earlier, later in pairwise(PROMOTION):
        assert set(jobs[later]["needs"]) == {"environments", earlier}
    assert not any("always()" in jobs[job]["if"] or "!" in jobs[job]["if"] for job in PROMOTION)


def test_only_the_branch_that_the_roles_trust_is_deployed():
    assert FILES["deploy"][ON]["push"] == {"branches": [BRANCH]}
    assert f"github.ref == 'refs/heads/{BRANCH}'" in FILES["deploy"]["jobs"]["first"]["if"]


def test_no_workflow_names_an_environment():
    names = "|".join(environment_names())
    for name, file in FILES.items():
        assert re.findall(rf"\b({names})\b", json.dumps(file)) == [], name


def test_there_is_a_job_for_every_step_of_promotion():
    jobs = FILES["deploy"]["jobs"]
    (_, highest) = (bound for bound in GithubSettings.model_fields["step"].metadata)
    assert highest.le == len(PROMOTION)
    for number, job in enumerate(PROMOTION):
        matrix = jobs[job]["strategy"]["matrix"]["environment"]
        assert matrix == f"${{{{ fromJSON(needs.environments.outputs.steps)[{number}] }}}}"
        assert jobs[job]["with"] == jobs["first"]["with"]


def test_a_job_and_its_credentials_last_as_long_as_the_slowest_update():
    assert DEPLOY["timeout-minutes"] == DEPLOY_HOURS * 60 >= LONGEST_SHIFT_MINUTES + 120
    assert step(DEPLOY, "configure-aws-credentials")["with"]["role-duration-seconds"] == DEPLOY_HOURS * 3600


def test_every_job_has_an_end():
    assert [(file, name) for file, name, job in JOBS if "steps" in job and "timeout-minutes" not in job] == []


def test_a_workflow_may_read_the_repository_and_nothing_more():
    assert {name: file["permissions"] for name, file in FILES.items()} == {name: {"contents": "read"} for name in FILES}


def test_only_a_plan_a_deploy_and_drift_get_a_token_for_aws():
    holders = {(file, name) for file, name, job in JOBS if "id-token" in job.get("permissions", {})}
    assert holders == {
        *(("deploy-environment", job) for job in ("plan", "deploy")),
        *(("deploy", job) for job in PROMOTION),
        ("drift", "drift"),
    }


def test_a_job_with_credentials_takes_nothing_from_a_cache():
    for job in (PLAN, DEPLOY):
        assert "with" not in step(job, "./.github/actions/setup")


def test_what_may_write_to_a_pull_request_runs_none_of_its_code():
    writers = [job for _, _, job in JOBS if job.get("permissions", {}).get("pull-requests") == "write"]
    assert writers == [COMMENT, WITHDRAW]
    assert all("uses" not in each for job in writers for each in job["steps"])
    assert not any("pull_request_target" in file[ON] or "workflow_run" in file[ON] for file in FILES.values())


def test_the_diff_waits_for_no_test():
    assert "needs" not in DIFF
    assert {
        name for name in ("comment", "accepted") if FILES["pull-request-diff"]["jobs"][name]["needs"] == "diff"
    } == {
        "comment",
        "accepted",
    }


def test_a_new_commit_takes_the_labels_away_before_anything_else():
    assert "needs" not in WITHDRAW
    assert WITHDRAW["if"].startswith("github.event.action == 'synchronize'")


def test_a_new_commit_is_not_accepted_by_an_earlier_label():
    for variable in ("DATA_LOSS", "PERMISSIONS", "FAILURE", "COST"):
        assert ACCEPTED["env"][variable].startswith("${{ github.event.action != 'synchronize' && contains(")


def settings(name: str, **github: Any) -> EnvironmentSettings:
    section = {"repository": "example/platform", **github}
    return EnvironmentSettings.model_validate(
        {"name": name, "region": "eu-west-1", "account": "123456789012", "github": section}
    )


def test_environments_come_in_their_steps_with_their_roles():
    chosen = [settings("prod", step=3), settings("dev"), settings("staging", step=2), settings("lab")]
    listed = steps(chosen)
    assert [[each["name"] for each in group] for group in listed] == [["dev", "lab"], ["staging"], ["prod"]]
    assert listed[2][0] == {
        "name": "prod",
        "region": "eu-west-1",
        "account": "123456789012",
        "repository": "example/platform",
        "deploy_role": "arn:aws:iam::123456789012:role/launchpad-prod-github-deploy",
        "plan_role": "arn:aws:iam::123456789012:role/launchpad-prod-github-plan",
    }


def test_steps_without_environments_are_left_out():
    assert [
        [each["name"] for each in group] for group in steps([settings("prod", step=4), settings("dev", step=2)])
    ] == [
        ["dev"],
        ["prod"],
    ]


def test_dependabot_looks_where_there_is_something_to_renew():
    config = yaml.safe_load((GITHUB / "dependabot.yml").read_text("utf-8"))
    places = {(each["package-ecosystem"], folder) for each in config["updates"] for folder in folders(each)}
    assert places == {
        ("github-actions", "/"),
        ("github-actions", "/.github/actions/*"),
        ("npm", "/"),
        ("npm", "/tools/mermaid"),
        ("uv", "/requirements"),
    }
    for ecosystem, folder in places:
        if ecosystem == "npm":
            assert (paths.ROOT / folder.strip("/") / "package-lock.json").is_file()


def folders(update: dict[str, Any]) -> list[str]:
    return update.get("directories") or [update["directory"]]


def test_drift_is_looked_for_with_the_configs_role_and_changes_nothing():
    jobs = FILES["drift"]["jobs"]
    credentials = step(jobs["drift"], "configure-aws-credentials")["with"]
    assert credentials["role-to-assume"] == "${{ matrix.environment.drift_role }}"
    assert "select(.drift_role)" in step(jobs["environments"], "environments")["run"]
    assert "launchpad drift --env" in step(jobs["drift"], "What differs")["run"]


@pytest.mark.parametrize("code", [0, 3, 4])
def test_a_drift_run_ends_as_the_command_does(tmp_path, code):
    script_text = step(FILES["drift"]["jobs"]["drift"], "What differs")["run"]
    command = {".venv/bin/launchpad": f'echo "Stacks of $3"; exit {code}'}
    outcome = run(script_text, tmp_path, command, ENV="prod")
    assert outcome["code"] == code
    assert "Stacks of prod" in outcome["GITHUB_STEP_SUMMARY"]


def test_only_environments_with_a_role_are_looked_at():
    role = "arn:aws:iam::123456789012:role/read-only"
    ((dev, prod),) = steps([settings("prod", drift_role=role), settings("dev")])
    assert "drift_role" not in dev
    assert prod["drift_role"] == role
