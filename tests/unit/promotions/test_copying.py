"""A promoted model is copied with all that goes with it, to the same key, and only if its bytes are proven."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

import pytest

from launchpad.messages.errors import LaunchpadError
from launchpad.promotions import artifacts
from launchpad.promotions.checks import judge
from launchpad.promotions.copying import copy
from tests.unit.promotions.account import BASELINE, CONTENT, DIGEST, KEY, SCALER, TOGETHER, Account, promotion


def test_a_copy_has_the_same_key_and_a_checksum_of_s3():
    account: Any = Account()
    assert judge(account, promotion(), "of-staging", print) == (False, [])
    assert copy(account, promotion(), "of-staging", print) == len(CONTENT)
    assert account.objects["of-staging", KEY] == CONTENT
    reads = account.reads
    assert judge(account, promotion(), "of-staging", print) == (True, [])
    assert account.reads == reads


def test_a_copy_without_a_checksum_of_the_whole_object_is_read():
    account: Any = Account()
    account.objects["of-staging", KEY] = CONTENT
    assert judge(account, promotion(), "of-staging", print) == (True, [])
    assert account.reads == 1


@pytest.mark.parametrize("refused", ["DescribeModelPackage", "GetObject", "PutObject", ""])
def test_what_can_not_be_proven_is_not_written(refused):
    account: Any = Account()
    account.refused = (refused,)
    with pytest.raises(
        LaunchpadError, match=r"may not be read|can't be read|can't be written|was overwritten after its promotion"
    ):
        copy(account, promotion(**({} if refused else {"sha256": "0" * 64})), "of-staging", print)
    assert set(account.objects) == {("of-dev", KEY)}


def test_another_object_under_the_key_is_not_overwritten():
    account: Any = Account()
    account.objects["of-staging", KEY] = b"something else"
    _, (doubt,) = judge(account, promotion(), "of-staging", print)
    assert doubt.is_certain
    assert "or the copy was overwritten (delete it, then deploy" in doubt.remedy


def test_what_goes_with_a_model_is_copied_and_proven_too():
    account: Any = Account()
    account.objects |= {("of-dev", SCALER): CONTENT, ("of-dev", BASELINE): CONTENT}
    together = promotion(**TOGETHER)
    assert copy(account, together, "of-staging", print) == 3 * len(CONTENT)
    assert {key for bucket, key in account.objects if bucket == "of-staging"} == {KEY, SCALER, BASELINE}
    assert judge(account, together, "of-staging", print) == (True, [])


def test_an_artifact_of_more_than_five_gigabytes_is_uploaded_in_parts(monkeypatch):
    uploads: list[Any] = []
    monkeypatch.setattr(artifacts, "LARGEST_PUT", 1)
    s3 = SimpleNamespace(upload_fileobj=lambda *arguments, **options: uploads.append((arguments[1:], options)))
    artifacts.put(s3, "of-staging", KEY, io.BytesIO(CONTENT), len(CONTENT), DIGEST)
    assert uploads == [(("of-staging", KEY), {"ExtraArgs": {"ChecksumAlgorithm": "SHA256"}})]
