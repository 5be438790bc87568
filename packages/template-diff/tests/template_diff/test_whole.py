"""Stacks and environments that leave the app, and environments that move to another account or region."""

from __future__ import annotations

from typing import Any

import pytest

from template_diff.compare import compare
from template_diff.markdown import Compared, render
from template_diff.model import ExitCode, Templates
from template_diff.whole import Location, StackRemoval
from tests.template_diff.pairs import allow, resource, role, template

COMPARED = Compared("main", "the working tree")
STUDIO = template(
    {
        "Domain": resource("SageMaker::Domain"),
        "Profile": resource("SNS::Topic"),
        "Files": resource("EFS::FileSystem", {}, DeletionPolicy="Retain"),
        "Scripts": resource("SageMaker::CodeRepository", {}, DeletionPolicy="Retain"),
    }
)
JOBS = template({"Topic": resource("SNS::Topic")})
IRELAND, FRANKFURT = Location("111111111111", "eu-west-1"), Location("111111111111", "eu-central-1")


def rows(old: Templates, new: Templates, *locations: dict[str, Location]) -> list[str]:
    return [line for line in render(compare(old, new, *locations), COMPARED).splitlines() if line.startswith("| **")]


def without_studio(studio: Any) -> tuple[Templates, Templates]:
    return {("dev", "studio"): studio, ("dev", "jobs"): JOBS}, {("dev", "jobs"): JOBS}


def test_a_stack_that_left_is_one_row_with_what_is_lost_and_kept() -> None:
    (row,) = rows(*without_studio(STUDIO))
    assert row == (
        "| **Loses data** | dev · studio | The app no longer has this stack. It stays, billed, until the next"
        " deploy deletes it, with 2 resources; with `--yes`, as in GitHub's workflow, without a question."
        "<br>**Lost:** `Domain` (its home directories, spaces and apps)."
        "<br>Kept in the account, and no longer managed (DeletionPolicy): `Files` (its files), `Scripts`. |"
    )
    assert compare(*without_studio(STUDIO)).exit_code is ExitCode.LOSES_DATA


def test_a_stack_without_data_that_left_is_deleted_safely() -> None:
    difference = compare(*without_studio(JOBS))
    assert difference.removed_stacks == (StackRemoval("dev", "studio"),)
    assert difference.exit_code is ExitCode.SAFE
    assert rows(*without_studio(JOBS))[0].startswith("| **Deletes a stack** | dev · studio |")


def test_a_stack_with_a_bucket_that_left_may_be_undeletable() -> None:
    (row,) = rows(*without_studio(template({"Data": resource("S3::Bucket")})))
    assert "The stack can't be deleted unless these are empty: `Data` (its objects)." in row


def test_an_environment_that_left_stays_as_it_is() -> None:
    old = {("dev", "jobs"): JOBS, ("qa", "studio"): STUDIO, ("qa", "jobs"): JOBS}
    difference = compare(old, {("dev", "jobs"): JOBS})
    assert (difference.resources, difference.removed_stacks, difference.permissions) == ((), (), ())
    assert difference.exit_code is ExitCode.SAFE
    (row,) = rows(old, {("dev", "jobs"): JOBS})
    assert row == (
        "| **Leaves an environment** | qa | The app no longer has it. No deploy deletes anything: 5 resources in 2"
        " stacks stay, billed and no longer updated. To delete it: `launchpad destroy --env qa`. |"
    )


def moved(old: Any, new: Any, source: Location = IRELAND, target: Location = FRANKFURT) -> tuple[Any, ...]:
    sides = ({("dev", "jobs"): template(side)} for side in (old, new))
    return (*sides, {"dev": source}, {"dev": target})


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (FRANKFURT, "in eu-central-1. The 30 resources in eu-west-1 stay"),
        (
            Location("222222222222", "eu-west-1"),
            "in account 222222222222. The 30 resources in account 111111111111 stay",
        ),
    ],
    ids=["region", "account"],
)
def test_a_moved_environment_is_one_row_at_the_top(target: Location, words: str) -> None:
    queues = {f"Queue{number}": resource("SQS::Queue", {"QueueName": "eu-west-1"}) for number in range(30)}
    (row,) = rows(*moved(queues, queues, target=target))
    assert row.startswith(f"| **Moves** | dev | All is created anew, empty, {words}")
    assert "check out the old commit and run `launchpad destroy --env dev`" in row


def test_the_permissions_of_a_moved_environment_are_compared_all_the_same() -> None:
    def side(region: str, *more: str) -> dict[str, Any]:
        return {"Role": role(allow(["sqs:SendMessage", *more], on=f"arn:aws:sqs:{region}:111111111111:q"))}

    assert compare(*moved(side("eu-west-1"), side("eu-central-1"))).exit_code is ExitCode.SAFE
    wider = compare(*moved(side("eu-west-1"), side("eu-central-1", "sqs:DeleteQueue")))
    assert wider.exit_code is ExitCode.WIDENS_PERMISSIONS


def test_names_that_exist_once_per_account_fail_a_move_between_regions() -> None:
    queue = resource("SQS::Queue", {"QueueName": "q"})
    named = {"Deploy": resource("IAM::Role", {"RoleName": "dev-deploy"}), "Queue": queue}
    fails = [row for row in rows(*moved(named, named)) if row.startswith("| **Deploy fails**")]
    assert ["`dev-deploy`" in row and "`q`" not in row for row in fails] == [True]
    assert compare(*moved(named, named, target=Location("222222222222", "eu-west-1"))).failures == []


@pytest.mark.parametrize("source", [None, Location(None, "eu-west-1")])
def test_an_account_that_only_one_side_names_is_no_move(source: Location | None) -> None:
    old, new, _, locations = moved({}, {}, target=IRELAND)
    assert compare(old, new, {"dev": source} if source else {}, locations).moves == ()
