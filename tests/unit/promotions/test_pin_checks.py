"""The pins of a config are checked with the role that only reads; what it may not see yet is a note, never a fault."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from launchpad.promotions import pin_checks
from launchpad.promotions.pin_checks import checked_pins, problems_and_notes, unasked
from launchpad.settings import load_environment
from tests.unit.promotions.account import ARN, CONTENT, DIGEST, KEY, KEY_ARN, Account

PROMOTED = f"""
    promoted:
      from: dev
      model_package: {ARN}
      artifact: s3://of-dev/{KEY}
      key: {KEY_ARN}
      sha256: '{DIGEST}'
"""
OWN = "arn:aws:sagemaker:eu-west-1:222222222222:model-package/staging-boston-housing/7"
COVERED = {"Resource": ["arn:aws:s3:::of-dev/boston-housing/models/*", KEY_ARN]}


@dataclasses.dataclass
class Connection:
    """Staging, whose account is the same as dev's to the client."""

    settings: Any
    account: Account
    name: str = "staging"

    def client(self, _service: str, **_: Any) -> Any:
        return self.account


@pytest.fixture
def staging(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function from the keys of a pin and an account to what is wrong, and what is noted."""
    (tmp_path / "dev.yaml").write_text("name: dev\nregion: eu-west-1\npromotes_to: [staging]\n")

    def check(pin: str, account: Account, *, role: bool = True, template: Any = None) -> tuple[list[str], list[str]]:
        text = f"name: staging\nregion: eu-west-1\nendpoints:\n  - workload: boston-housing{pin}"
        (tmp_path / "staging.yaml").write_text(text)
        settings = load_environment("staging", tmp_path)
        account.get_template = lambda **_: {"TemplateBody": template or {}}  # type: ignore[attr-defined]
        monkeypatch.setattr(pin_checks, "as_check_role", lambda each: each if role else None)
        monkeypatch.setattr(pin_checks, "role_arn", lambda _, name: f"arn:role/{name}")
        monkeypatch.setattr(pin_checks, "find_output", lambda *_: "of-staging")
        connection: Any = Connection(settings, account)
        problems, notes = problems_and_notes(settings, checked_pins(connection))
        return [str(problem).partition("staging.yaml:")[2] for problem in problems], notes

    return check


def test_a_good_pin_is_noted_with_what_a_deploy_does(staging):
    account = Account()
    assert staging(PROMOTED, account) == (
        [],
        ["staging: boston-housing, version 7, from dev: the next deploy copies it"],
    )
    account.objects["of-staging", KEY] = CONTENT
    assert staging(PROMOTED, account)[1] == [
        "staging: boston-housing, version 7, from dev: the environment has its copy"
    ]


WRONG = {
    "not approved": (Account("Rejected"), PROMOTED, "version 7 of dev-boston-housing is Rejected; approve it"),
    "below its gate": (Account(r2="0.1"), PROMOTED, "does not pass, quality gate: r2 is 0.1, it must be at least 0.5"),
    "another's": (Account(artifact="s3://of-dev/x"), PROMOTED, "is the artifact s3://of-dev/x, and the pin has"),
    "other bytes": (Account(), PROMOTED.replace(DIGEST, "0" * 64), "it was overwritten after its promotion"),
}


@pytest.mark.parametrize(("account", "pin", "message"), WRONG.values(), ids=WRONG)
def test_a_pin_that_may_not_be_served_is_refused_at_its_line(staging, account, pin, message):
    ((problem, *_), _) = staging(pin, account)
    assert problem.startswith("5: endpoints.0.promoted: ")
    assert message in problem


def test_other_bytes_in_the_own_bucket_are_refused(staging):
    account = Account()
    account.objects["of-staging", KEY] = b"other"
    ((problem,), _) = staging(PROMOTED, account)
    assert "either the pin is wrong" in problem


OTHER_BUCKET = {"Resource": ["arn:aws:s3:::models-of-dev/boston-housing/models/*", KEY_ARN]}


@pytest.mark.parametrize(("template", "is_refused"), [({}, False), (OTHER_BUCKET, False), (COVERED, True)])
def test_a_missing_artifact_is_refused_once_the_role_may_read_it(staging, template, is_refused):
    account = Account()
    account.objects.clear()
    problems, notes = staging(PROMOTED, account, template=template)
    assert [bool(problems), bool(notes)] == [is_refused, not is_refused]
    assert f"s3://of-dev/{KEY} can't be read; it was deleted, or bucket and key of dev do not let" in str(
        [*problems, *notes]
    )


def test_without_the_role_the_callers_own_permissions_count(staging):
    account = Account()
    assert staging(PROMOTED, account, role=False)[0] == []
    account.refused = ("DescribeModelPackage",)
    (problems, (note,)) = staging(PROMOTED, account, role=False)
    assert not problems
    assert note.startswith(f"staging: not checked: {ARN} may not be read")
    assert "a deploy creates arn:role/launchpad-staging-pin-checks; let the caller assume it" in note


def test_an_own_version_must_be_approved_and_pass(staging, monkeypatch):
    monkeypatch.setattr(Account, "describe_model_package", lambda account, **_: account.package)
    pin = f"\n    model_package: {OWN}\n"
    assert staging(pin, Account()) == ([], ["staging: boston-housing, version 7: approved"])
    ((problem,), _) = staging(pin, Account("PendingManualApproval"))
    assert "endpoints.0.model_package: " in problem


def test_a_pinned_artifact_must_exist_where_that_can_be_seen(staging, monkeypatch):
    pin = f"\n    model_data: s3://of-dev/{KEY}\n"
    assert staging(pin, Account()) == ([], [f"staging: boston-housing: s3://of-dev/{KEY} exists"])
    account = Account()
    account.objects.clear()
    (problems, (note,)) = staging(pin, account)
    assert not problems
    assert "does not exist, or may not be read" in note

    def absent(*_: Any, **__: Any) -> Any:
        raise ClientError({"Error": {"Code": "404", "Message": "Not Found"}}, "HeadObject")

    monkeypatch.setattr(Account, "head_object", absent)
    assert f"s3://of-dev/{KEY} does not exist; pin an artifact that exists" in staging(pin, account)[0][0]


def test_offline_it_is_said_what_was_not_asked(staging, tmp_path):
    staging(PROMOTED, Account())
    environments = [load_environment(name, tmp_path) for name in ("dev", "staging")]
    text = str(unasked(environments))
    assert "whether the models pinned in staging are approved" in text
    assert text.endswith("--pins staging asks AWS")
    assert unasked(environments[:1]) is None
