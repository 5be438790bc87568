"""The fixes prepared for ministack's authors fit the version that is pinned, and do what they say."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.local_aws.launcher import PYTHON

PATCHES = sorted((Path(__file__).resolve().parents[2] / "upstream").glob("*.patch"))
BEHAVIOUR = {
    "0001-rates-of-rules": """
from ministack.services.eventbridge import _validate_schedule_expression as valid
for expression in ("rate(1 day)", "rate(12 hours)", "rate(10 minutes)", "cron(0 6 ? * MON *)"):
    assert valid(expression), expression
for expression in ("rate(1 days)", "rate(5 minute)", "rate(0 minutes)"):
    assert not valid(expression), expression
""",
    "0002-expressions-of-schedules": """
from ministack.services import scheduler
body = {"FlexibleTimeWindow": {"Mode": "OFF"}, "Target": {"Arn": "a", "RoleArn": "b"}}
for expression in ("rate(1 day)", "cron(0 6 ? * MON *)", "at(2030-01-01T00:00:00)"):
    answer = scheduler._create_schedule(expression, {**body, "ScheduleExpression": expression})
    assert answer[0] == 200, answer
for expression in ("rate(7 weeks)", "cron(0 6 * * * *)", "every day", "at(2030-02-29T00:00:00)"):
    answer = scheduler._create_schedule(expression, {**body, "ScheduleExpression": expression})
    assert answer[0] == 400 and b"Invalid Schedule Expression" in answer[2], answer
zone = {**body, "ScheduleExpression": "rate(1 day)", "ScheduleExpressionTimezone": "Mars/Olympus"}
assert scheduler._create_schedule("zone", zone)[0] == 400
""",
    "0003-buckets-with-objects": """
from ministack.services import s3
from ministack.services.cloudformation import provisioners
s3._buckets["empty"], s3._buckets["full"] = {"objects": {}}, {"objects": {"key": {}}}
provisioners._s3_delete("empty", {})
assert "empty" not in s3._buckets
try:
    provisioners._s3_delete("full", {})
except ValueError as error:
    assert "not empty" in str(error)
assert "full" in s3._buckets
""",
    "0004-references-of-templates": """
from ministack.services.cloudformation.engine import validate_template_support as check
queue = lambda value: {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": value}}
check({"Resources": {"A": queue({"Fn::Sub": "${AWS::Region}-${B}"}), "B": queue("b")}}, {})
for resources, words in (
    ({}, "At least one Resources member"),
    ({"a-b": queue("a")}, "non alphanumeric"),
    ({"A": queue({"Ref": "C"})}, "Unresolved resource dependencies [C]"),
    ({"A": queue({"Ref": "B"}), "B": queue({"Ref": "A"})}, "Circular dependency between resources: [A, B]"),
):
    try:
        check({"Resources": resources}, {})
    except ValueError as error:
        assert words in str(error), error
    else:
        raise AssertionError(words)
""",
}
"""What each patch changes, as a program that fails without it."""


def test_every_patch_has_its_behaviour_tested():
    assert [path.stem for path in PATCHES] == list(BEHAVIOUR)


@pytest.fixture
def unpatched(tmp_path):
    """A copy of the installed ministack."""
    (installed,) = PYTHON.parents[1].glob("lib/python3.*/site-packages/ministack")
    shutil.copytree(installed, tmp_path / "ministack", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def runs(folder: Path, program: str) -> bool:
    environment = {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run([str(PYTHON), "-c", program], env=environment, cwd=folder, check=False).returncode == 0


@pytest.mark.parametrize("patch", PATCHES, ids=lambda path: path.stem)
def test_a_patch_applies_and_changes_what_it_says(unpatched, patch):
    assert not runs(unpatched, BEHAVIOUR[patch.stem]), "ministack has it: the patch, and our own code for it, can go"
    subprocess.run(["git", "apply", "--whitespace=nowarn", str(patch)], cwd=unpatched, check=True)
    assert runs(unpatched, BEHAVIOUR[patch.stem])
