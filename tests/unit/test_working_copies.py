"""Working copies: packaged by content, uploaded once, and checked by the functions before they are launched."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from launchpad.catalogue import Catalogue, render
from launchpad.catalogue.packaging import Archive
from launchpad.catalogue.working_copies import FOLDER, RULES_FILE, renderer, rules, working_copy
from launchpad.config_files.yaml_reader import read_text
from launchpad.platform_client.working_copies import upload
from launchpad.settings import EnvironmentSettings
from launchpad.workload import Workload
from tests.unit.conftest import WORKLOAD
from tests.unit.functions import imported

NAME = "boston-housing"
SETTINGS = EnvironmentSettings(name="dev", region="eu-west-1")
KEY = f"{FOLDER}/{NAME}/{'0' * 64}.json"


@pytest.fixture
def copy(tmp_path):
    """Boston housing, packaged from a folder."""
    folder = tmp_path / NAME
    (folder / "src").mkdir(parents=True)
    for script in ("train.py", "inference.py"):
        (folder / "src" / script).write_text("print('edited')\n")
    return working_copy(*render(Workload.model_validate(read_text(WORKLOAD.encode()).value), SETTINGS, folder))


@pytest.fixture
def functions(tmp_path, monkeypatch):
    """`lambda/working_copies.py` where working copies are allowed and nothing is deployed, and S3's answers to it."""
    monkeypatch.setenv("WORKING_COPIES", "true")
    asset = tmp_path / "asset"
    asset.mkdir()
    (asset / RULES_FILE).write_bytes(rules(SETTINGS, Catalogue({}, {})))
    with imported(asset, monkeypatch, "working_copies", {}) as module, Stubber(module.s3()) as answers:
        yield module, answers


def stored(answers: Stubber, body: bytes) -> None:
    answers.add_response("get_object", {"Body": io.BytesIO(body), "ContentLength": len(body)}, None)


def loaded(functions, content: Any, *, workload: str = NAME) -> Any:
    """What the functions make of a stored definition, which is named by its content."""
    module, answers = functions
    body = json.dumps(content).encode()
    stored(answers, body)
    return module.load_working_copy(f"{FOLDER}/{workload}/{hashlib.sha256(body).hexdigest()}.json", workload)


def test_the_same_files_are_the_same_objects(copy, tmp_path):
    definition = json.loads(copy.document)["definition"]
    assert working_copy(dict(reversed(definition.items())), copy.archives).objects() == copy.objects()
    assert copy.key == f"{FOLDER}/{NAME}/{hashlib.sha256(copy.document).hexdigest()}.json"
    assert list(copy.objects())[-1] == copy.key


def test_only_what_is_missing_or_old_is_uploaded(copy):
    s3 = boto3.client("s3", "eu-west-1", aws_access_key_id="none", aws_secret_access_key="none")
    (archive, _) = copy.objects()
    now = datetime.now(UTC)
    with Stubber(s3) as answers:
        answers.add_client_error("head_object", "404")
        answers.add_response("head_object", {"LastModified": now - timedelta(days=1)}, {"Bucket": "b", "Key": archive})
        answers.add_client_error("head_object", "404")
        answers.add_response("put_object", {}, {"Bucket": "b", "Key": copy.key, "Body": ANY})
        assert upload(s3, "b", copy) == [copy.key]
        answers.add_response("head_object", {"LastModified": now}, {"Bucket": "b", "Key": copy.key})
        assert upload(s3, "b", copy) == []
        answers.add_response("head_object", {"LastModified": now - timedelta(days=8)}, {"Bucket": "b", "Key": copy.key})
        answers.add_response("head_object", {"LastModified": now - timedelta(days=8)}, {"Bucket": "b", "Key": archive})
        answers.add_response("head_object", {"LastModified": now}, {"Bucket": "b", "Key": copy.key})
        answers.add_response("put_object", {}, {"Bucket": "b", "Key": archive, "Body": ANY})
        assert upload(s3, "b", copy) == [archive]


def test_a_caller_who_may_not_write_reads_what_is_needed(copy):
    s3 = boto3.client("s3", "eu-west-1", aws_access_key_id="none", aws_secret_access_key="none")
    with Stubber(s3) as answers:
        for _ in range(3):
            answers.add_client_error("head_object", "403")
        answers.add_client_error("put_object", "AccessDenied")
        with pytest.raises(Exception, match=f"may not write to s3://b/{FOLDER}/: ask for s3:PutObject"):
            upload(s3, "b", copy)


def test_the_function_loads_what_was_packaged(functions, copy):
    assert loaded(functions, json.loads(copy.document)) == json.loads(copy.document)["definition"]


def test_a_working_copy_never_approves_its_own_model(functions, copy):
    content = json.loads(copy.document)
    content["definition"]["pipeline"]["approval"] = "Approved"
    assert loaded(functions, content)["pipeline"]["approval"] == "PendingManualApproval"


@pytest.mark.parametrize("key", ["archives", "definition"])
def test_another_content_than_the_name_says_is_refused(functions, copy, key):
    module, answers = functions
    stored(answers, copy.document + b" ")
    load = (
        (lambda: module.load_archive(NAME, "1" * 64))
        if key == "archives"
        else (lambda: module.load_working_copy(copy.key, NAME))
    )
    with pytest.raises(Exception, match="has another content than its name says"):
        load()


def test_an_environment_without_working_copies_names_the_setting(functions, monkeypatch):
    monkeypatch.delenv("WORKING_COPIES")
    with pytest.raises(Exception, match=r"'dev' runs only what is deployed \(working_copies in its config\)"):
        functions[0].load_working_copy(KEY, NAME)


@pytest.mark.parametrize(
    ("key", "workload"),
    [
        (KEY, "other"),
        (f"code/{NAME}/{'0' * 64}.json", NAME),
        (f"{FOLDER}/{NAME}/../{'0' * 64}.json", NAME),
        (f"{FOLDER}/{NAME}/latest.json", NAME),
        (KEY, "../code"),
        (KEY, "a" * 41),
        (KEY, None),
        ([KEY], NAME),
    ],
)
def test_a_key_outside_the_workloads_own_folder_is_refused(functions, key, workload):
    with pytest.raises(functions[0].RequestError):
        functions[0].load_working_copy(key, workload)


def hostile(copy, change) -> Any:
    content = json.loads(copy.document)
    change(content)
    return content


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda copy: copy["definition"].update(name="churn"), "is of workload 'churn', not of 'boston-housing'"),
        (lambda copy: copy.update(renderer="1"), "packaged by another version of the platform's code"),
        (lambda copy: copy["definition"]["training"].update(source="../x"), "training.source: expected a SHA-256"),
        (
            lambda copy: copy["definition"]["serving"].update(image="1234.dkr.ecr.eu-west-1.amazonaws.com/x:1"),
            "serving.image: 1234.dkr.ecr.eu-west-1.amazonaws.com/x:1 is neither one of AWS's images nor that of a depl",
        ),
        (
            lambda copy: copy["definition"]["training"].update(rule_image="docker.io/x"),
            "training.rule_image: docker.io/x is neither",
        ),
        (
            lambda copy: copy["definition"]["training"]["channels"]["training"].update(uri="s3://payroll/2026"),
            "training: no role may read 's3://payroll/2026' before it is deployed",
        ),
    ],
    ids=["name", "renderer", "source", "image", "rule image", "input"],
)
def test_a_definition_that_reaches_further_is_refused(functions, copy, change, complaint):
    with pytest.raises(functions[0].RequestError, match=complaint):
        loaded(functions, hostile(copy, change))


def test_a_missing_copy_is_answered_with_what_to_do(functions):
    functions[1].add_client_error("get_object", "NoSuchKey")
    with pytest.raises(functions[0].RequestError, match=r"doesn't exist \(any more\); start it again"):
        functions[0].load_working_copy(KEY, NAME)


def archive_of(name: str, kind: bytes = tarfile.REGTYPE) -> Archive:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        member = tarfile.TarInfo(name)
        member.type = kind
        archive.addfile(member)
    return Archive(gzip.compress(buffer.getvalue(), mtime=0))


@pytest.mark.parametrize(
    "archive",
    [archive_of("../train.py"), archive_of("/etc/x"), archive_of("train.py", tarfile.SYMTYPE), archive_of("a//b")],
    ids=["parent", "root", "link", "nameless"],
)
def test_scripts_that_would_land_elsewhere_are_refused(functions, archive):
    stored(functions[1], archive.data)
    with pytest.raises(functions[0].RequestError, match="is no plain file with a path inside the archive"):
        functions[0].load_archive(NAME, archive.sha256)


def test_what_is_no_archive_is_refused(functions):
    stored(functions[1], b"print()")
    with pytest.raises(functions[0].RequestError, match=r"is no \.tar\.gz archive"):
        functions[0].load_archive(NAME, hashlib.sha256(b"print()").hexdigest())


def test_packaged_scripts_are_loaded_as_they_are(functions, copy):
    (archive,) = copy.archives.values()
    stored(functions[1], archive.data)
    assert functions[0].load_archive(NAME, archive.sha256) == archive.data


@pytest.mark.parametrize("file", ["workload/schema.py", "workload/serving/section.py"])
def test_the_renderer_changes_with_its_code(tmp_path, file):
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text("a: int\n")
    before = renderer(tmp_path)
    (tmp_path / file).write_text("a: int | None\n")
    renderer.cache_clear()
    assert renderer(tmp_path) != before


def test_a_service_without_an_endpoint_is_refused_before_the_deploy(copy, functions):
    content = json.loads(copy.document)
    content["definition"]["training"] |= {"network_isolation": False, "aws_services": ["sts"]}
    with pytest.raises(Exception, match=r"training.aws_services: the network has no endpoint of sts before"):
        loaded(functions, content)
