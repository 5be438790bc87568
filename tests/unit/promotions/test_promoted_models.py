"""A promoted model is served only if it is approved, passed its gate, and has the bytes that were promoted."""

# ruff: noqa: N803 -- the arguments are named as in boto3
from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from launchpad.catalogue import load_workload
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.platform import Platform
from launchpad.promotions import artifacts, candidate
from launchpad.promotions.candidate import choose
from launchpad.promotions.checks import doubts, judge, withdrawn
from launchpad.promotions.copying import copy
from launchpad.promotions.facts import facts, served_words
from launchpad.promotions.promotion import Promotion
from launchpad.settings.pinned_models import PromotedModel

CONTENT = b"a model and the scripts that serve it"
DIGEST = hashlib.sha256(CONTENT).hexdigest()
KEY = "boston-housing/models/dev-boston-housing-7/0123456789abcdef/model.tar.gz"
ARN = "arn:aws:sagemaker:eu-west-1:111111111111:model-package/dev-boston-housing/7"
KEY_ARN = "arn:aws:kms:eu-west-1:111111111111:key/01234567-89ab-cdef-0123-456789abcdef"
WORKLOAD = load_workload("boston-housing")


class Body(io.BytesIO):
    """A response's body."""

    def iter_chunks(self, size: int) -> Iterator[bytes]:
        yield from iter(lambda: self.read(size), b"")


class Account:
    """Objects of S3 and one version of a registry; what `refused` names is denied."""

    def __init__(self, status: str = "Approved", r2: str = "0.63", artifact: str = f"s3://of-dev/{KEY}") -> None:
        self.objects: dict[tuple[str, str], bytes] = {("of-dev", KEY): CONTENT}
        self.checksums: dict[tuple[str, str], str] = {}
        self.reads = 0
        self.refused: tuple[str, ...] = ()
        self.endpoint: list[str] = []
        self.package = {
            "ModelPackageArn": ARN,
            "ModelApprovalStatus": status,
            "CreationTime": datetime(2026, 11, 28, tzinfo=UTC),
            "CustomerMetadataProperties": {"r2": r2},
            "InferenceSpecification": {"Containers": [{"ModelDataUrl": artifact}]},
        }

    def client(self, _service: str, **_: Any) -> Account:
        return self

    def describe_model_package(self, *, ModelPackageName: str) -> dict[str, Any]:
        self._check("DescribeModelPackage", "AccessDeniedException")
        assert ModelPackageName == ARN
        return self.package

    def head_object(self, *, Bucket: str, Key: str, **_: Any) -> dict[str, Any]:
        if (Bucket, Key) not in self.objects:
            raise ClientError({"Error": {"Code": "403", "Message": "Forbidden"}}, "HeadObject")
        checksum = self.checksums.get((Bucket, Key))
        whole = {"ChecksumSHA256": checksum, "ChecksumType": "FULL_OBJECT"} if checksum else {}
        return {"ContentLength": len(self.objects[Bucket, Key]), "SSEKMSKeyId": KEY_ARN, **whole}

    def list_objects(self, *, Bucket: str, Prefix: str) -> list[dict[str, Any]]:
        keys = [key for bucket, key in self.objects if bucket == Bucket and key.startswith(Prefix)]
        return [{"Contents": [{"Key": key} for key in keys]}]

    def describe_endpoint(self, **_: Any) -> dict[str, Any]:
        return {"EndpointStatus": "InService" if self.endpoint else "Failed", "EndpointConfigName": "config"}

    def describe_endpoint_config(self, **_: Any) -> dict[str, Any]:
        return {"ProductionVariants": [{"ModelName": "model"}]}

    def describe_model(self, **_: Any) -> dict[str, Any]:
        return {"Containers": [{"ModelDataUrl": uri} for uri in self.endpoint]}

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:
        self._check("GetObject", "AccessDenied")
        self.reads += 1
        content = self.objects[Bucket, Key]
        return {"Body": Body(content), "ContentLength": len(content)}

    def put_object(self, *, Bucket: str, Key: str, Body: Any, ContentLength: int, ChecksumSHA256: str) -> None:
        self._check("PutObject", "AccessDenied")
        content = Body.read()
        assert len(content) == ContentLength
        assert base64.b64encode(hashlib.sha256(content).digest()).decode() == ChecksumSHA256
        self.objects[Bucket, Key], self.checksums[Bucket, Key] = content, ChecksumSHA256

    def _check(self, operation: str, code: str) -> None:
        if operation in self.refused:
            raise ClientError({"Error": {"Code": code, "Message": "not authorized"}}, operation)


def promotion(**changed: Any) -> Promotion:
    keys = {"from": "dev", "model_package": ARN, "artifact": f"s3://of-dev/{KEY}", "key": KEY_ARN, "sha256": DIGEST}
    return Promotion(WORKLOAD, PromotedModel.model_validate({**keys, **changed}))


def reasons(account: Any, each: Promotion) -> list[tuple[str, bool]]:
    return [(doubt.text, doubt.is_certain) for doubt in doubts(account, each, print)]


def test_an_approved_model_with_the_pinned_bytes_is_not_doubted():
    assert reasons(Account(), promotion()) == []


WRONG: dict[str, tuple[Account, dict[str, str], str]] = {
    "not approved": (Account("PendingManualApproval"), {}, "version 7 of dev-boston-housing is PendingManualApproval"),
    "below the gate": (Account(r2="0.1"), {}, "does not pass, quality gate: r2 is 0.1, it must be at least 0.5"),
    "without the metric": (Account(r2="good"), {}, "'r2' was never reported"),
    "another artifact": (
        Account(artifact=f"s3://of-dev/{KEY.replace('-7', '-8')}"),
        {},
        "and the pin has s3://of-dev/",
    ),
    "other bytes": (Account(), {"sha256": "0" * 64}, f"has the SHA-256 {DIGEST}, and {'0' * 64} is pinned"),
}


@pytest.mark.parametrize(("account", "changed", "message"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_certain(account, changed, message):
    ((text, is_certain),) = reasons(account, promotion(**changed))
    assert message in text
    assert is_certain


@pytest.mark.parametrize("operation", ["DescribeModelPackage", "GetObject"])
def test_what_the_role_may_not_see_is_not_called_wrong(operation):
    account = Account()
    account.refused = (operation,)
    assert [is_certain for _, is_certain in reasons(account, promotion())] == [False]


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


SCALER = "scaler/models/dev-scaler-3/0123456789abcdef/model.tar.gz"
BASELINE = "boston-housing/baselines/dev-boston-housing-7/predictions/features.csv.out"
TOGETHER = {
    "preprocessors": {"scaler": {"artifact": f"s3://of-dev/{SCALER}", "sha256": DIGEST}},
    "baseline": {"predictions/features.csv.out": DIGEST},
}


def test_what_goes_with_a_model_is_copied_and_proven_too():
    account: Any = Account()
    account.objects |= {("of-dev", SCALER): CONTENT, ("of-dev", BASELINE): CONTENT}
    together = promotion(**TOGETHER)
    assert copy(account, together, "of-staging", print) == 3 * len(CONTENT)
    assert {key for bucket, key in account.objects if bucket == "of-staging"} == {KEY, SCALER, BASELINE}
    assert judge(account, together, "of-staging", print) == (True, [])


@pytest.mark.parametrize("key", [SCALER, BASELINE])
def test_a_companion_that_is_gone_or_overwritten_is_doubted(key):
    account: Any = Account()
    account.objects |= {("of-dev", SCALER): CONTENT, ("of-dev", BASELINE): CONTENT, ("of-dev", key): b"other"}
    ((text, is_certain),) = reasons(account, promotion(**TOGETHER))
    assert text.startswith(f"s3://of-dev/{key} has the SHA-256 {hashlib.sha256(b'other').hexdigest()}, and {DIGEST} is")
    assert is_certain
    del account.objects["of-dev", key]
    assert reasons(account, promotion(**TOGETHER)) == [(f"s3://of-dev/{key} can't be read", False)]
    account.objects["of-staging", KEY] = CONTENT
    assert not judge(account, promotion(**TOGETHER), "of-staging", print)[0]


def test_a_copied_model_stops_a_deploy_only_when_its_approval_is_withdrawn():
    gate_raised, unreadable, rejected = Account(r2="0.1"), Account(), Account("Rejected")
    unreadable.refused = ("DescribeModelPackage",)
    accounts: list[Any] = [gate_raised, unreadable, rejected]
    assert [len(list(withdrawn(account, promotion()))) for account in accounts] == [0, 0, 1]


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function from an account to a connection to environment `dev`, which has one version."""
    monkeypatch.setattr(candidate, "record_of", lambda *_: {"origin": {"commit": "a" * 40, "by": "ada"}})
    monkeypatch.setattr(candidate, "find_platform", lambda _: PLATFORM)

    def connect(account: Account, *pins: Any) -> Any:
        versions = {"ModelPackageArn": ARN, "ModelPackageVersion": 7, "ModelApprovalStatus": account.package[STATUS]}
        pages = {
            "list_model_packages": lambda **_: [{"ModelPackageSummaryList": [versions]}],
            "list_objects_v2": account.list_objects,
        }
        account.get_paginator = lambda name: SimpleNamespace(paginate=pages[name])  # type: ignore[attr-defined]
        return SimpleNamespace(name="dev", client=account.client, settings=SimpleNamespace(endpoints=pins))

    return connect


STATUS = "ModelApprovalStatus"
PLATFORM = Platform("data", "of-dev", "log", "launch", "deploy")


def test_the_newest_approved_version_is_chosen_with_its_digest(registry):
    chosen = choose(registry(Account()), WORKLOAD, None, print)
    assert chosen.pin == {
        "from": "dev",
        "model_package": ARN,
        "artifact": f"s3://of-dev/{KEY}",
        "key": KEY_ARN,
        "sha256": DIGEST,
        "trained": {"commit": "aaaaaaaa", "by": "ada"},
    }
    words = dict(facts(chosen, WORKLOAD, {}))
    assert (words["commit"], words["trained by"], words["metrics"]) == ("aaaaaaaa", "ada", "r2 0.63")
    assert words["data"] == "not known: not every channel is versioned"
    assert words["replaces"].startswith("nothing")


@pytest.mark.parametrize(
    ("account", "number", "message"),
    [
        (Account("PendingManualApproval"), None, r"no approved version; .*approve one with `launchpad approve"),
        (Account("Rejected"), 7, "version 7 of dev-boston-housing is Rejected: approve it with"),
        (Account(), 8, "has no version 8; its versions: 7 "),
        (Account(r2="0.4"), None, r"does not pass, quality gate: r2 is 0.4, it must be at least 0.5; choose another"),
        (Account(artifact=""), None, r"the artifact of .* is gone \(it has none\)"),
    ],
)
def test_a_version_that_may_not_be_served_is_not_promoted(registry, account, number, message):
    with pytest.raises(LaunchpadError, match=message):
        choose(registry(account), WORKLOAD, number, print)


def served(monkeypatch: pytest.MonkeyPatch, uri: str, **pinned: Any) -> Any:
    monkeypatch.setattr(candidate, "_in_service", lambda *_: uri)
    monkeypatch.setattr(candidate, "as_promotion_role", lambda _: None)
    return SimpleNamespace(workload="boston-housing", promoted=promotion(**pinned).promoted)


def test_of_a_pinned_environment_what_it_serves_is_promoted(registry, monkeypatch):
    pin = served(monkeypatch, f"s3://of-dev/{KEY}")
    chosen = choose(registry(Account(), pin), WORKLOAD, None, print)
    assert (chosen.model_package, chosen.sha256) == (ARN, DIGEST)


def test_the_facts_of_the_training_go_on_where_its_record_is_out_of_reach(registry, monkeypatch):
    trained = {"commit": "0a1b2c3d", "by": "ada"}
    pin = served(monkeypatch, f"s3://of-dev/{KEY}", trained=trained)
    connection = registry(Account(), pin)
    monkeypatch.setattr(candidate, "record_of", lambda *_: None)
    chosen = choose(connection, WORKLOAD, None, print)
    assert chosen.pin["trained"] == trained
    words = dict(facts(chosen, WORKLOAD, {"promoted": chosen.pin}))
    assert (words["commit"], words["data"], words["trained by"]) == ("0a1b2c3d", "not known", "ada")
    assert words["replaces"].endswith(f"SHA-256 {DIGEST}, commit 0a1b2c3d, trained by ada")


def test_a_monitored_model_goes_with_its_baseline(registry):
    account, monitored = Account(), load_workload("direct-marketing-monitored")
    key, folder = KEY.replace("boston-housing", monitored.name), f"{monitored.name}/baselines/dev-{monitored.name}-7/"
    account.package["InferenceSpecification"] = {"Containers": [{"ModelDataUrl": f"s3://of-dev/{key}"}]}
    account.package["CustomerMetadataProperties"] = {"validation:auc": "0.99"}
    account.objects = {("of-dev", key): CONTENT}
    assert dict(facts(choose(registry(account), monitored, 7, print), monitored, {}))["monitoring baseline"].startswith(
        "none: its requests are compared with nothing; `launchpad monitor baseline direct-marketing-monitored --job"
    )
    account.objects["of-dev", f"{folder}baseline.json"] = b"{}"
    assert choose(registry(account), monitored, 7, print).pin["baseline"] == {
        "baseline.json": hashlib.sha256(b"{}").hexdigest()
    }


def test_a_serial_model_goes_with_the_preprocessors_that_it_is_served_with(registry):
    account = Account()
    account.objects["of-dev", SCALER] = CONTENT
    serving = WORKLOAD.serving.model_copy(update={"preprocessors": ("scaler",)})
    serial = WORKLOAD.model_copy(update={"serving": serving})
    with pytest.raises(
        LaunchpadError, match=r"serves nothing behind any, not .*: which preprocessors go with that is not known"
    ):
        choose(registry(account), serial, None, print)
    account.endpoint = [f"s3://of-dev/{SCALER}", f"s3://of-dev/{KEY}"]
    chosen = choose(registry(account), serial, None, print)
    assert chosen.pin["preprocessors"] == TOGETHER["preprocessors"]
    assert dict(facts(chosen, serial, {}))["preprocessors"] == f"s3://of-dev/{SCALER}"


@pytest.mark.parametrize("before", [(), (f"s3://of-dev/{SCALER}", f"s3://of-dev/{SCALER}"), ("s3://b/cleaner/x",)])
def test_preprocessors_that_are_not_those_of_the_workload_are_not_promoted(registry, before):
    account = Account()
    account.endpoint = [*before, f"s3://of-dev/{KEY}"]
    serving = WORKLOAD.serving.model_copy(update={"preprocessors": ("scaler",)})
    serial = WORKLOAD.model_copy(update={"serving": serving})
    with pytest.raises(LaunchpadError, match=r"has the preprocessors scaler, and endpoint .* serves it behind .*serve"):
        choose(registry(account), serial, None, print)


def test_a_folder_of_models_is_named_as_what_a_pin_serves():
    assert served_words({"models": "s3://of-dev/_shared/many/"}) == "s3://of-dev/_shared/many/"


def test_without_its_registry_a_served_model_is_promoted_with_the_reason(registry, monkeypatch):
    pin, account = served(monkeypatch, f"s3://of-dev/{KEY}"), Account()
    account.refused = ("DescribeModelPackage",)
    words = dict(facts(choose(registry(account, pin), WORKLOAD, None, print), WORKLOAD, {}))
    assert "can't be read from dev: not authorized" in words["version"]
    assert words["quality gate"] == "checked when it was deployed to dev, not again"


@pytest.mark.parametrize(
    ("serves", "content", "number", "message"),
    [
        ("", CONTENT, None, "serves nothing, and the config pins"),
        ("s3://of-dev/other", CONTENT, None, "serves s3://of-dev/other, and the config pins"),
        (f"s3://of-dev/{KEY}", b"other", None, "it was overwritten; find out who wrote it"),
        (f"s3://of-dev/{KEY}", CONTENT, 6, "dev proves version 7 of boston-housing, which its config pins"),
    ],
)
def test_what_was_not_proven_there_is_not_promoted(registry, monkeypatch, serves, content, number, message):
    pin, account = served(monkeypatch, serves), Account()
    account.objects["of-dev", KEY] = content
    with pytest.raises(LaunchpadError, match=message):
        choose(registry(account, pin), WORKLOAD, number, print)


def test_an_artifact_of_more_than_five_gigabytes_is_uploaded_in_parts(monkeypatch):
    uploads: list[Any] = []
    monkeypatch.setattr(artifacts, "LARGEST_PUT", 1)
    s3 = SimpleNamespace(upload_fileobj=lambda *arguments, **options: uploads.append((arguments[1:], options)))
    artifacts.put(s3, "of-staging", KEY, io.BytesIO(CONTENT), len(CONTENT), DIGEST)
    assert uploads == [(("of-staging", KEY), {"ExtraArgs": {"ChecksumAlgorithm": "SHA256"}})]
