"""What a server begins with: nothing by `--fresh` and `--per-run`, and no state that it can't read."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from local_aws.files.state_file import StateFile
from tests.local_aws import launcher
from tests.local_aws.conftest import PLAIN
from tests.local_aws.launcher import running_local_aws
from tests.local_aws.remembered import LARGE


def test_fresh_begins_anew_with_the_same_secret(tmp_path):
    with running_local_aws(*PLAIN, "--state", str(tmp_path)) as aws:
        aws.client("s3").create_bucket(Bucket="earlier")
        secret = aws.secret
    with running_local_aws(*PLAIN, "--state", str(tmp_path), "--fresh") as aws:
        assert aws.client("s3").list_buckets()["Buckets"] == []
        assert aws.secret == secret


def test_a_run_of_its_own_leaves_its_log_only(tmp_path):
    with running_local_aws(*PLAIN, "--state", str(tmp_path), "--per-run") as aws:
        s3 = aws.client("s3")
        s3.create_bucket(Bucket="earlier")
        s3.put_object(Bucket="earlier", Key="large", Body=LARGE)
        assert s3.get_object(Bucket="earlier", Key="large")["Body"].read() == LARGE
    assert not {"objects", "state.sqlite"} & {entry.name for entry in tmp_path.iterdir()}
    assert (tmp_path / "local-aws.log").exists()


def refusal(state: Path) -> tuple[int, str]:
    """The exit code and the words of a server that can't begin with this state."""
    process = launcher.start("--port", "0", "--state", str(state), *PLAIN)
    _, errors = process.communicate(timeout=30)
    return process.returncode, errors


def test_a_folder_that_can_not_be_made_is_one_clear_line(tmp_path):
    file = tmp_path / "file"
    file.touch()
    words = "Not a directory. Name a folder that can be made and written to.\n"
    assert refusal(file / "state") == (2, f"local_aws: --state {file / 'state'}: {words}")


def test_a_folder_of_another_format_is_refused(tmp_path):
    with sqlite3.connect(tmp_path / "state.sqlite") as database:
        database.execute("PRAGMA user_version=99")
    assert refusal(tmp_path) == (
        2,
        (
            f"local_aws: {tmp_path} has format 99, and this local AWS reads 1. "
            "Begin anew with --fresh, or name another folder with --state.\n"
        ),
    )


def test_a_damaged_row_is_one_clear_line(tmp_path):
    file = StateFile.open(tmp_path)
    file.write("ministack/iam", {"('roles', '', None)": "no JSON"})
    file.close()
    assert refusal(tmp_path) == (
        1,
        (
            f"local_aws: {tmp_path} can't be read (JSONDecodeError: Expecting value: line 1 column 1 (char 0)). "
            "Begin anew with --fresh, or name another folder with --state.\n"
        ),
    )
