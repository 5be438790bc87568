"""The version of a job's data: the same for the same objects, another for others, and none where it isn't known."""

from __future__ import annotations

import sys

import pytest
from botocore.stub import Stubber

from tests.unit.functions import imported, objects_of

FOLDER = "data-bucket/mine/train/"


@pytest.fixture
def module(tmp_path, monkeypatch):
    with imported(tmp_path, monkeypatch, "data_versions", {}) as data_versions:
        yield data_versions


def channel(uri="s3://data-bucket/mine/train/", kind="S3Prefix"):
    source = {"S3DataType": kind, "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
    return {"ChannelName": "train", "DataSource": {"S3DataSource": source}}


def version(module, files, **more):
    """The version of a channel with these files, in this order."""
    objects = objects_of(sys.modules["platform_access"].s3())
    objects.update({f"{FOLDER}{name}": content for name, content in files.items()})
    versions = module.versions({"InputDataConfig": [channel(**more)]})
    objects.clear()
    module.s3.cache_clear()
    return versions["train"]


def test_the_same_data_have_the_same_version_in_any_order(module):
    files = {"a.csv": b"1", "b.csv": b"2"}
    assert version(module, files) == version(module, dict(reversed(files.items())))


@pytest.mark.parametrize("files", [{"a.csv": b"2"}, {"b.csv": b"1"}, {"a.csv": b"1", "b.csv": b"1"}, {}])
def test_other_data_have_another_version(module, files):
    assert version(module, {"a.csv": b"1"})["version"] != version(module, files)["version"]


def test_an_object_whose_name_only_begins_alike_is_no_manifest(module):
    manifest = {"uri": "s3://data-bucket/mine/train/m", "kind": "AugmentedManifestFile"}
    assert version(module, {"m": b"1", "m-old": b"2"}, **manifest) == version(module, {"m": b"1"}, **manifest)


def test_a_huge_channel_is_listed_in_part_and_says_so(module, monkeypatch):
    monkeypatch.setattr(module, "MOST_OBJECTS", 2)
    page = [{"Key": f"mine/train/{index}", "Size": 1, "ETag": "e"} for index in range(2)]
    with Stubber(module.s3()) as answers:
        answers.add_response("list_objects_v2", {"IsTruncated": True, "NextContinuationToken": "t", "Contents": page})
        data = module.versions({"InputDataConfig": [channel()]})["train"]
    assert (data["truncated"], data["objects"]) == (True, 2)
    assert module.combined({"train": data}) is None


def test_a_bucket_that_can_not_be_listed_gives_no_version(module):
    with Stubber(module.s3()) as answers:
        answers.add_client_error("list_objects_v2", "AccessDenied", "Access Denied", 403)
        data = module.versions({"InputDataConfig": [channel("s3://other/data/")]})["train"]
    assert data["version"] is None
    assert "AccessDenied" in data["note"]
    assert module.combined({"train": data}) is None


def test_scripts_and_earlier_models_are_not_data(module):
    code = {**channel(), "ChannelName": "code"}
    assert module.versions({"InputDataConfig": [code, {**channel(), "ChannelName": "model"}]}) == {}


def test_inputs_of_other_jobs_have_versions_too(module):
    objects_of(module.s3())
    source = {"S3DataType": "S3Prefix", "S3Uri": "s3://data-bucket/raw/"}
    processing = {"ProcessingInputs": [{"InputName": "raw", "S3Input": source}]}
    transform = {"TransformInput": {"DataSource": {"S3DataSource": source}}}
    tuning = {"TrainingJobDefinition": {"InputDataConfig": [channel()]}}
    names = [list(module.versions(request)) for request in (processing, transform, tuning)]
    assert names == [["raw"], ["input"], ["train"]]
