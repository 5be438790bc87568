"""The report: what it says first, how it groups, and that nothing in it breaks out of its place."""

from __future__ import annotations

import re
from typing import Any

import pytest

from template_diff.compare import compare
from template_diff.markdown import MARKER, Compared, render
from template_diff.model import COMMENT_LIMIT
from template_diff.text import code
from tests.template_diff.pairs import Resources, resource, template

COMPARED = Compared("main (abc)", "the working tree")


def report(old: Resources, new: Resources, environments: tuple[str, ...] = ("dev",), limit: int = COMMENT_LIMIT) -> str:
    sides = ({(environment, "storage"): template(side) for environment in environments} for side in (old, new))
    return render(compare(*sides), COMPARED, limit)


def rows(text: str, beginning: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith(beginning)]


def role(*actions: str, on: Any = "*") -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": on}
    policies = [{"PolicyName": "p", "PolicyDocument": {"Statement": [statement]}}]
    return resource("IAM::Role", {"Policies": policies})


NOTEBOOK = resource("SageMaker::NotebookInstance", {"KmsKeyId": "old-key"})
OTHER_NOTEBOOK = resource("SageMaker::NotebookInstance", {"KmsKeyId": "new-key"})
QUEUE = resource("SQS::Queue")


def test_no_change_is_said_and_nothing_else() -> None:
    text = report({"Queue": QUEUE}, {"Queue": QUEUE})
    assert text.splitlines()[0] == "**No change.**"
    assert "|" not in text


def test_the_first_line_gives_verdict_and_counts() -> None:
    text = report(
        {"Book": NOTEBOOK, "Role": role("s3:GetObject"), "Gone": resource("SNS::Topic")},
        {"Book": OTHER_NOTEBOOK, "Role": role("s3:*"), "New": QUEUE},
    )
    assert text.splitlines()[0] == (
        "**Data is lost and permissions are widened.** Resources: 1 added, 1 removed, 1 changed, 1 replaced. "
        "Dangers: loses data: 1, widens permissions: 1."
    )


@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [
        ({"Queue": QUEUE}, {}, "Data is lost."),
        ({"Role": role("s3:GetObject")}, {"Role": role("s3:*")}, "Permissions are widened."),
        ({}, {"Queue": QUEUE}, "No data is lost and no permission is widened."),
    ],
)
def test_the_verdict_names_what_is_the_matter(old: Resources, new: Resources, verdict: str) -> None:
    assert report(old, new).startswith(f"**{verdict}**")


def test_a_replacement_says_why_what_is_lost_and_old_and_new() -> None:
    (row,) = rows(report({"Book": NOTEBOOK}, {"Book": OTHER_NOTEBOOK}), "| **Loses data**")
    assert row == (
        "| **Loses data** | dev · storage<br>`Book`<br>SageMaker::NotebookInstance | "
        "Replaced, because `KmsKeyId` can't be changed in place. **Lost: the notebook's volume.**"
        "<br>`KmsKeyId`: `old-key` → `new-key` |"
    )


def test_a_replacement_that_may_happen_is_reported_as_such() -> None:
    old, new = ({"It": resource("SageMaker::Domain", {"VpcId": vpc})} for vpc in ("vpc-1", "vpc-2"))
    (row,) = rows(report(old, new), "| **May lose data**")
    assert "May be replaced, because `VpcId`" in row


def test_a_replacement_that_follows_another_says_which() -> None:
    profile = {"Profile": resource("SageMaker::UserProfile", {"DomainId": {"Ref": "Domain"}})}
    old, new = ({"Domain": resource("SageMaker::Domain", {"AuthMode": mode}), **profile} for mode in ("IAM", "SSO"))
    text = report(old, new)
    assert "because `DomainId` refers to `${Domain}`, which is replaced" in text


def test_a_rename_names_both_logical_ids() -> None:
    (row,) = rows(report({"Old": QUEUE}, {"New": QUEUE}), "| **Loses data**")
    assert "Only the logical id changed, from `${Old}`" in row
    assert "`${Old}` → `${New}`" in row


def test_a_retained_replacement_says_that_data_stays_behind() -> None:
    old, new = ({"It": book | {"UpdateReplacePolicy": "Retain"}} for book in (NOTEBOOK, OTHER_NOTEBOOK))
    (row,) = rows(report(old, new), "| **Leaves data behind**")
    assert "Kept outside the stack (UpdateReplacePolicy: Retain)" in row


def test_a_lifted_policy_is_a_danger() -> None:
    old, new = ({"It": resource("S3::Bucket", {}, DeletionPolicy=policy)} for policy in ("Retain", "Delete"))
    (row,) = rows(report(old, new), "| **Unprotects data**")
    assert "`DeletionPolicy`: `Retain` → `Delete`" in row


def test_a_widened_action_is_shown_from_old_to_new_with_its_circumstances() -> None:
    on = {"Fn::Join": ["", [{"Fn::GetAtt": ["Data", "Arn"]}, "/*"]]}
    data = {"Data": resource("S3::Bucket")}
    text = report({"Role": role("s3:GetObject", on=on), **data}, {"Role": role("s3:Get*", on=on), **data})
    (row,) = rows(text, "| **Widens permissions**")
    assert "Identity policy: more actions.<br>`s3:GetObject` → `s3:Get*`<br>on `${Data.Arn}/*`" in row


def test_what_is_added_to_others_is_reported_as_added() -> None:
    text = report({"Role": role("s3:GetObject")}, {"Role": role("s3:GetObject", "s3:PutObject")})
    assert "`s3:GetObject` → also `s3:PutObject`<br>on all resources" in text


def test_a_narrowed_permission_is_no_danger_but_a_detail() -> None:
    text = report({"Role": role("s3:GetObject", "s3:PutObject")}, {"Role": role("s3:GetObject")})
    assert rows(text, "| **") == []
    (row,) = rows(text, "| narrowed")
    assert "`s3:PutObject` → only `s3:GetObject`" in row


def test_a_new_role_is_one_danger_and_its_statements_are_details() -> None:
    text = report({}, {"Role": role("s3:GetObject", "s3:PutObject", on="arn:x")})
    (row,) = rows(text, "| **Widens permissions**")
    assert "identity policy: `s3:GetObject`, `s3:PutObject` on `arn:x`" in row
    assert len(rows(text, "| granted")) == 1


def test_an_opened_and_a_closed_rule_are_dangers() -> None:
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}
    old, new = (
        {"G": resource("EC2::SecurityGroup", {"SecurityGroupIngress": [{**rule, "CidrIp": cidr}]})}
        for cidr in ("10.0.0.0/8", "0.0.0.0/0")
    )
    (opens,) = rows(report(old, new), "| **Opens network**")
    assert "`tcp 22 from 10.0.0.0/8` → `tcp 22 from 0.0.0.0/0`" in opens
    assert len(rows(report(new, old), "| **Closes network**")) == 1


def test_dangers_stand_in_the_order_of_their_weight() -> None:
    open_group = resource("EC2::SecurityGroup", {"SecurityGroupIngress": [{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}]})
    text = report(
        {"A": resource("EC2::SecurityGroup"), "B": role("s3:GetObject"), "C": NOTEBOOK},
        {"A": open_group, "B": role("s3:*"), "C": OTHER_NOTEBOOK},
    )
    assert re.findall(r"^\| \*\*(.*?)\*\*", text, re.MULTILINE) == ["Loses data", "Widens permissions", "Opens network"]


def test_equal_changes_of_environments_are_one_row() -> None:
    text = report({"Book": NOTEBOOK}, {"Book": OTHER_NOTEBOOK}, ("prod", "dev", "staging"))
    (row,) = rows(text, "| **Loses data**")
    assert "| dev, staging, prod · storage<br>" in row
    assert "<summary>dev, staging, prod · storage: 1 replaced</summary>" in text


def test_changes_that_differ_in_the_environments_name_alone_are_equal() -> None:
    def side(action: str) -> dict:
        return {
            (name, "storage"): template({"Role": role(action, on=f"arn:endpoint/{name}-*")}) for name in ("dev", "prod")
        }

    text = render(compare(side("a:Get"), side("a:*")), COMPARED)
    (row,) = rows(text, "| **Widens permissions**")
    assert "dev, prod" in row
    assert "`arn:endpoint/{environment}-*`" in row


def test_a_change_of_one_environment_keeps_that_environments_name() -> None:
    old, new = ({"It": resource("SNS::Topic", {"DisplayName": name})} for name in ("dev-a", "dev-b"))
    assert "`dev-a` → `dev-b`" in report(old, new)


def test_resources_that_share_a_danger_share_its_row() -> None:
    old, new = ({name: role(action) for name in ("One", "Two")} for action in ("s3:GetObject", "s3:*"))
    (row,) = rows(report(old, new), "| **Widens permissions**")
    assert "`One`<br>`Two`" in row


def test_the_order_of_templates_and_resources_makes_no_difference() -> None:
    old, new = {"A": NOTEBOOK, "B": QUEUE}, {"C": role("s3:*"), "A": OTHER_NOTEBOOK}
    turned = ({key: side[key] for key in reversed(side)} for side in (old, new))
    assert report(old, new, ("dev", "prod")) == report(*turned, ("prod", "dev"))


@pytest.mark.parametrize("value", ["a|b", "a`b``c", "line\nline", "<script>", "@someone", "  ", "\\|"])
def test_no_value_breaks_out_of_its_cell(value: str) -> None:
    old, new = ({"It": resource("SNS::Topic", {"DisplayName": name})} for name in ("plain", value))
    (row,) = rows(report(old, new), "| changed")
    cells = re.split(r"(?<!\\)\|", row)
    assert len(cells) == 5
    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", cells[3])
    assert "@" not in outside
    assert "<script" not in outside


def test_a_stacks_name_is_shown_as_it_is_inside_and_outside_of_html() -> None:
    sides = ({("dev", "my_<b>stack"): template(side)} for side in ({"It": QUEUE}, {}))
    text = render(compare(*sides), COMPARED)
    assert "<summary>dev · my_&lt;b&gt;stack: 1 removed</summary>" in text
    assert "| dev · my\\_\\<b\\>stack<br>" in text


def test_backticks_stay_within_their_code_span() -> None:
    assert code("a`b``c") == "``` a`b``c ```"


def test_hashes_are_shortened_and_long_values_cut_around_the_difference() -> None:
    def function(digit: str) -> dict:
        properties = {"Code": {"S3Key": f"{digit * 64}.zip"}, "Description": f"{'x' * 500}{digit}!"}
        return resource("Lambda::Function", properties)

    text = report({"F": function("1")}, {"F": function("2")})
    assert "`11111111….zip` → `22222222….zip`" in text
    assert "x1!`" in text
    assert "x" * 200 not in text


def many(count: int, kind: str = "SNS::Topic") -> Resources:
    return {f"It{number:05}": resource(kind, {"Name": f"{number}"}) for number in range(count)}


def test_the_report_stays_within_the_limit_and_says_what_it_left_out() -> None:
    text = report({}, {**many(3000), "Role": role("s3:*")})
    assert len(text) <= COMMENT_LIMIT
    (note,) = re.findall(r"_Left out: ([0-9]+) rows", text)
    assert int(note) + len(rows(text, "| added")) + len(rows(text, "| granted")) == 3002
    assert rows(text, "| **Widens permissions**")
    assert text.count("<details>") == text.count("</details>")
    assert text.rstrip().endswith(MARKER)


def test_dangers_are_left_out_last_of_all() -> None:
    old, new = (
        {f"It{number}": resource("SSM::Parameter", {"Name": f"/{side}/{number}"}) for number in range(200)}
        for side in ("old", "new")
    )
    text = report(old, new, limit=45_000)
    assert len(rows(text, "| **Replaces**")) == 200
    assert 0 < len(rows(text, "| replaced")) < 200
    assert rows(report(old, new, limit=20_000), "| replaced") == []


def test_no_row_grows_beyond_bounds() -> None:
    buckets = {f"It{number:03}": resource("S3::Bucket") for number in range(900)}
    names = {f"Property{number}": "x" for number in range(500)}
    text = report({**buckets, "Topic": resource("SNS::Topic", names)}, {"Topic": resource("SNS::Topic")}, limit=0)
    assert max(map(len, text.splitlines())) < 2_000
    assert all(f"`{name}`" in text for name in buckets)
    assert "and 480 properties more" in text


def test_without_a_limit_nothing_is_left_out() -> None:
    text = report({}, many(3000), limit=0)
    assert len(rows(text, "| added")) == 3000
    assert "Left out" not in text


def test_notes_on_what_was_compared_are_shown() -> None:
    text = render(compare({}, {}), Compared("a", "b", ("The dependencies differ (x 1 → 2).",)))
    assert "Compared: a → b." in text
    assert "> The dependencies differ (x 1 → 2)." in text
