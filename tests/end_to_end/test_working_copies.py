"""Edits and new workloads run without a deploy, and never in place of what is deployed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.end_to_end.conftest import WORKLOADS
from tests.end_to_end.test_faults import failure

LINE, FRESH = "line", "fresh"
NEWS = 'print("an edit", flush=True)\n'


@pytest.fixture(scope="module")
def data_bucket(platform):
    s3, bucket = platform.client("s3"), platform.output("storage", "DataBucketName")
    s3.put_object(Bucket=bucket, Key=f"{LINE}/training/points.csv", Body=b"1,2\n2,4\n")
    s3.put_object(Bucket=bucket, Key=f"{FRESH}/raw/points.txt", Body=b"1;2\n2;4\n")
    return bucket


@pytest.fixture
def edited(platform):
    """The deployed workload with a changed training script."""
    script = platform.checkout.root / "workloads" / LINE / "src" / "train.py"
    text = script.read_text()
    script.write_text(text + f"    {NEWS}")
    yield platform
    script.write_text(text)


@pytest.fixture(scope="module")
def fresh(platform):
    """A workload that was never deployed: the line, with another name, other folders and another model."""
    folder = platform.checkout.root / "workloads" / FRESH
    shutil.copytree(WORKLOADS / LINE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    file = folder / "workload.yaml"
    file.write_text(file.read_text().replace("line/", f"{FRESH}/").replace("name: line", f"name: {FRESH}"))
    _replace(folder / "src" / "inference.py")
    yield platform
    shutil.rmtree(folder)


def _replace(script: Path) -> None:
    script.write_text(script.read_text() + NEWS)


def keys(platform, bucket, prefix):
    return {item["Key"] for item in platform.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]}


def test_an_edit_runs_without_a_deploy_and_leaves_the_deployed_code(edited, data_bucket):
    before = edited("run", LINE, "--token", "before", "--deployed")
    published = keys(edited, data_bucket, f"code/{LINE}/")
    assert "an edit" not in before.stdout
    assert "training in workloads/line/ changed since the last deploy, and is not used" in before.stderr
    result = edited("run", LINE, "--token", "edited")
    assert result.returncode == 0, result.stderr
    assert "an edit" in result.stdout
    assert result.stderr.splitlines()[0] == "runs your working copy of workloads/line (no git commit)"
    assert published < keys(edited, data_bucket, f"code/{LINE}/")
    assert "an edit" not in edited.succeeds("run", LINE, "--token", "after", "--deployed")


def test_without_an_edit_nothing_is_uploaded_or_said(platform, data_bucket):
    before = keys(platform, data_bucket, "")
    result = platform("run", LINE, "--token", "unedited")
    assert result.returncode == 0, result.stderr
    assert not any(words in result.stderr for words in ("working copy", "last deploy"))
    copies = {key for key in keys(platform, data_bucket, "") - before if key.startswith("working-copies/")}
    assert copies == set()


def test_what_is_not_deployed_is_refused_before_its_data_is_looked_at(fresh, data_bucket):
    assert f"workload '{FRESH}' is not deployed; leave out --deployed" in failure(fresh("run", FRESH, "--deployed"))


def test_a_new_workload_runs_through_its_whole_pipeline(fresh, data_bucket):
    """No step could do without the working copy: none of them finds the workload in its catalogue."""
    output = fresh.succeeds("pipeline", "run", FRESH, "--token", "whole")
    states = [line.strip() for line in output.splitlines() if line.startswith("    ")]
    assert {"Plan", "Prepare", "Train", "Evaluate", "Register", "Deploy", "Done"} <= set(states)
    assert fresh.succeeds("predict", FRESH, "--data", "-", rows="21\n").split() == ["42.000"]


def test_jobs_and_endpoints_of_a_new_workload_need_no_deploy(fresh, data_bucket):
    assert "2 points" in fresh.succeeds("job", "prepare", FRESH, "--token", "p")
    fresh.succeeds("run", FRESH, "--token", "t")
    fresh.succeeds("job", "evaluate", FRESH, "--from-job", f"local-{FRESH}-t", "--token", "e")
    served = fresh("serve", FRESH, "--job", f"local-{FRESH}-t")
    assert served.returncode == 0, served.stderr
    assert "runs your working copy of workloads/fresh (no git commit)" in served.stderr


def test_a_copy_that_was_changed_in_the_bucket_is_refused(fresh, data_bucket):
    fresh.succeeds("job", "prepare", FRESH, "--token", "unchanged")
    s3 = fresh.client("s3")
    for key in keys(fresh, data_bucket, f"working-copies/{FRESH}/"):
        body = s3.get_object(Bucket=data_bucket, Key=key)["Body"].read()
        s3.put_object(Bucket=data_bucket, Key=key, Body=body + b" ")
    message = failure(fresh("run", FRESH, "--token", "changed"))
    assert "has another content than its name says" in message
