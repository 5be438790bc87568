"""The files of a run: for its user only, and for one server at a time."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from tests.local_aws import launcher
from tests.local_aws.conftest import PLAIN
from tests.local_aws.launcher import running_local_aws


def mode(path):
    return stat.S_IMODE(Path(path).stat().st_mode)


def test_a_state_folder_in_use_is_one_clear_line_and_exit_code_2(tmp_path):
    state = tmp_path / "state"
    with running_local_aws(*PLAIN, "--state", str(state)) as aws:
        process = launcher.start("--port", "0", "--state", str(state), *PLAIN)
        _, errors = process.communicate(timeout=30)
        assert process.returncode == 2
        assert errors == (
            f"local_aws: --state {state} is in use by another local AWS (process {aws.process.pid}). "
            "Stop that one, or name another folder.\n"
        )
        assert "ready on" in Path(aws.ready["log"]).read_text()


def test_a_state_folder_is_free_again_after_a_kill(tmp_path):
    state = tmp_path / "state"
    with running_local_aws(*PLAIN, "--state", str(state)) as aws:
        aws.process.kill()
        aws.process.wait()
        with running_local_aws(*PLAIN, "--state", str(state)) as again:
            assert again.ready["state"] == str(state)


def test_the_log_and_the_ready_file_are_for_their_user_only(tmp_path):
    state, ready = tmp_path / "state", tmp_path / "ready.json"
    state.mkdir()
    (state / "local-aws.log").touch(mode=0o644)
    umask = os.umask(0)
    try:
        process = launcher.start("--port", "0", "--state", str(state), "--ready-file", str(ready), *PLAIN)
    finally:
        os.umask(umask)
    try:
        process.stdout.readline()  # it is ready
        assert [mode(path) for path in (ready, state / "local-aws.log", state / "server.lock")] == [0o600] * 3
    finally:
        launcher.stop(process)
