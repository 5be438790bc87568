"""Training runs AWS's own toolkit on the user's script, as in SageMaker's containers."""

from __future__ import annotations

import io
import json
import tarfile
import time
from pathlib import Path

import pytest

from tests.local_aws.runtimes.containers import Containers, wait_until

LINEAR_REGRESSION = """
    import argparse, json, os
    import pandas as pd
    from sklearn.linear_model import LinearRegression

    parser = argparse.ArgumentParser()
    parser.add_argument("--fit-intercept", type=lambda value: value == "True")
    parser.add_argument("--training", default=os.environ["SM_CHANNEL_TRAINING"])
    parser.add_argument("--model-dir", default=os.environ["SM_MODEL_DIR"])
    arguments = parser.parse_args()
    rows = pd.read_csv(f"{arguments.training}/rows.csv")
    model = LinearRegression(fit_intercept=arguments.fit_intercept).fit(rows[["x"]], rows["y"])
    with open(f"{arguments.model_dir}/coefficients.json", "w") as file:
        json.dump({"slope": model.coef_[0], "intercept": model.intercept_}, file)
    print("channel at", arguments.training)
"""
WRITING = """
    for name in ("input/data/training/rows.csv", "input/new", "model/new"):
        try:
            open(f"/opt/ml/{name}", "a").write("more")
            print(f"{name}: written")
        except OSError as error:
            print(f"{name}: {error.strerror}")
"""
ROWS = "x,y\n0,1\n1,3\n2,5\n"


def archive(**files: str) -> bytes:
    """A sourcedir.tar.gz; dots in names are written as two underscores."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name.replace("__", "."))
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content.encode()))
    return buffer.getvalue()


def test_a_script_trains_on_its_channel_and_leaves_its_model(containers_of_each_level: Containers) -> None:
    job = containers_of_each_level.train(
        LINEAR_REGRESSION, {"fit-intercept": True}, files={"input/data/training/rows.csv": ROWS}
    )
    assert job.wait() == 0, job.output
    model = json.loads((job.root / "model/coefficients.json").read_text())
    assert model == pytest.approx({"slope": 2.0, "intercept": 1.0})
    assert (job.root / "output/success").exists()
    assert not (job.root / "output/failure").exists()


def test_a_script_sees_its_folder_as_opt_ml(containers: Containers) -> None:
    job = containers.train(LINEAR_REGRESSION, {"fit-intercept": True}, files={"input/data/training/rows.csv": ROWS})
    assert job.wait() == 0, job.output
    assert job.printed("channel at /opt/ml/input/data/training")


def test_a_script_can_not_write_to_a_folder_that_is_read_only(containers: Containers) -> None:
    job = containers.train(WRITING, files={"input/data/training/rows.csv": ROWS}, read_only=["input"])
    assert job.wait() == 0, job.output
    assert job.printed("input/data/training/rows.csv: Read-only file system")
    assert job.printed("input/new: Read-only file system")
    assert job.printed("model/new: written")
    assert (job.root / "input/data/training/rows.csv").read_text() == ROWS


def test_the_machines_own_opt_stays_as_it_was(process_containers: Containers) -> None:
    before = sorted(Path("/opt").iterdir())
    job = process_containers.train("import os; print('inside:', sorted(os.listdir('/opt')))")
    assert job.wait() == 0, job.output
    names = [path.name for path in before if path.name != "ml"]
    assert job.printed(f"inside: {sorted([*names, 'ml'])}")
    assert sorted(Path("/opt").iterdir()) == before


def test_code_comes_from_an_archive_in_a_channel(both_containers: Containers) -> None:
    source = archive(train__py="import helper\nprint('from the archive:', helper.WORD)", helper__py="WORD = 'yes'")
    job = both_containers.train(
        hyperparameters={"sagemaker_submit_directory": "/opt/ml/input/data/code/sourcedir.tar.gz"},
        files={"input/data/code/sourcedir.tar.gz": source},
        network=False,
    )
    assert job.wait() == 0, job.output
    assert job.printed("from the archive: yes")


def test_hyperparameters_arrive_as_the_toolkit_passes_them(containers: Containers) -> None:
    job = containers.train("import sys; print('given', sys.argv[1:])", {"C": 0.5, "name": "two words", "depth": 3})
    assert job.wait() == 0, job.output
    assert job.printed("given ['-C', '0.5', '--depth', '3', '--name', 'two words']")


def test_a_script_that_raises_leaves_its_reason_and_a_failing_exit_code(both_containers: Containers) -> None:
    job = both_containers.train("raise RuntimeError('the data is empty')")
    assert job.wait() == 1
    assert "RuntimeError: the data is empty" in job.output
    reason = (job.root / "output/failure").read_text()
    assert reason.startswith("ExecuteUserScriptError:\nExitCode 1\n")
    assert "RuntimeError: the data is empty" in reason
    assert not (job.root / "output/success").exists()


def test_a_script_that_a_signal_kills_is_a_failure(both_containers: Containers) -> None:
    job = both_containers.train("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    assert job.wait() not in (0, None)
    assert "The script was killed by SIGKILL (signal 9)" in (job.root / "output/failure").read_text()


def test_a_missing_program_is_a_failure(both_containers: Containers) -> None:
    job = both_containers.train(files={"code/other.py": ""})
    assert job.wait() != 0
    assert (job.root / "output/failure").exists()


def test_sigterm_reaches_the_script_so_that_it_can_write_a_checkpoint(both_containers: Containers) -> None:
    job = both_containers.train("""
        import os, signal, sys, time
        def save(*_):
            time.sleep(0.5)
            open(os.environ["SM_MODEL_DIR"] + "/checkpoint", "w").write("after 7")
            sys.exit(0)
        signal.signal(signal.SIGTERM, save)
        print("step 7")
        time.sleep(120)
    """)
    wait_until(lambda: job.printed("step 7"), "the script started")
    # A program that is killed, or that never learns of the end, has another exit code and no checkpoint.
    assert job.program.terminate(grace_seconds=30) == 0, job.output
    assert (job.root / "model/checkpoint").read_text() == "after 7"


def test_a_script_that_ignores_sigterm_is_killed_after_the_grace(both_containers: Containers) -> None:
    job = both_containers.train("""
        import signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print("deaf")
        time.sleep(120)
    """)
    wait_until(lambda: job.printed("deaf"), "the script started")
    started = time.monotonic()
    assert job.program.terminate(grace_seconds=1) != 0, "it slept to its end"
    assert time.monotonic() - started >= 1


def test_terminating_an_ended_program_only_returns_its_exit_code(containers: Containers) -> None:
    job = containers.train("pass")
    assert job.wait() == 0
    assert job.program.terminate(10) == 0


def test_waiting_with_a_timeout_leaves_the_program_running(containers: Containers) -> None:
    job = containers.train("import time; time.sleep(120)")
    with pytest.raises(TimeoutError):
        job.program.wait(0.1)
    with pytest.raises(TimeoutError):
        job.program.wait(0)


def test_output_arrives_line_by_line_while_the_program_runs(both_containers: Containers) -> None:
    job = both_containers.train("import time; print('epoch 1'); time.sleep(120)")
    wait_until(lambda: job.printed("epoch 1"), "the first line arrived")


def test_a_line_of_250_kilobytes_arrives_whole(process_containers: Containers) -> None:
    script = "import sys; sys.stdout.write('x' * 250_000 + chr(10)); sys.stdout.flush(); print('next')"
    job = process_containers.train(script)
    assert job.wait() == 0, job.output
    lines = job.output.splitlines()
    assert [len(line) for line in lines if set(line) == {"x"}] == [250_000]
    assert "next" in lines


def test_bytes_that_are_no_text_are_replaced(containers: Containers) -> None:
    job = containers.train("import os; os.write(1, b'caf\\xe9\\n'); os.write(2, b'to stderr\\n')")
    assert job.wait() == 0
    assert "caf\N{REPLACEMENT CHARACTER}" in job.lines
    assert "to stderr" in job.lines


def test_two_jobs_run_side_by_side_each_with_its_own_opt_ml(process_containers: Containers, tmp_path: Path) -> None:
    script = """
        import sys, time
        from pathlib import Path
        mine, other = Path(sys.argv[2]), Path(sys.argv[4])
        mine.touch()
        while not other.exists():
            time.sleep(0.01)
        Path("/opt/ml/model/who").write_text(mine.name)
    """
    first = process_containers.train(script, {"mine": str(tmp_path / "a"), "other": str(tmp_path / "b")})
    second = process_containers.train(script, {"mine": str(tmp_path / "b"), "other": str(tmp_path / "a")})
    assert (first.wait(), second.wait()) == (0, 0), first.output + second.output
    assert [(job.root / "model/who").read_text() for job in (first, second)] == ["a", "b"]


def test_an_older_tag_runs_and_the_log_says_on_what(process_containers: Containers) -> None:
    job = process_containers.train("pass", image="sagemaker-scikit-learn:1.2-1-cpu-py3")
    assert job.wait() == 0
    assert job.lines[0] == (
        "sagemaker-scikit-learn:1.2-1-cpu-py3 is not available without Docker; it runs on scikit-learn 1.9 instead."
    )
