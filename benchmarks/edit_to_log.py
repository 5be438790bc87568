"""The time from an edit of a script to its first line in the log: `launchpad run` with a working copy, no deploy.

Run it with `make benchmark-edit`, with nothing else running. It starts and deploys a local AWS, and builds
scikit-learn's environment first if needed. Each round writes another text into the script, runs `launchpad run`, and
waits until the text appears. The result is a ratio to the script alone, measured in the same run, and the seconds until
the job was launched (the command's start, look-ups, upload, checks) and from there to the line (the job's start, the
log).
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "packages" / "local-aws")]

from tests.end_to_end.conftest import CACHE, Checkout, linked_checkout  # noqa: E402
from tests.local_aws.launcher import PYTHON, LocalAws, running_local_aws  # noqa: E402

WORKLOAD = """\
name: trivial
description: Prints one line.
image: {framework: sklearn}
training:
  entry_point: train.py
  instance: {type: ml.m5.large}
  max_runtime_minutes: 5
  channels:
    training: {prefix: trivial/training, content_type: text/csv}
"""
LIMIT_SECONDS = 2.0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="edits that are measured (default: 7)")
    rounds = parser.parse_args().rounds
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # Python's cache is on, unless it is switched off
    with tempfile.TemporaryDirectory() as folder, running_local_aws("--cache", str(CACHE), "--iam") as aws:
        checkout = _checkout(Path(folder))
        _prepare(checkout, aws)
        _edit_to_log(checkout, aws, 0)  # the image is there, the functions are warm
        measured = [_edit_to_log(checkout, aws, number) for number in range(1, rounds + 1)]
        alone = statistics.median(_script_alone(checkout) for _ in range(5))
    launched, line = (statistics.median(values) for values in zip(*measured, strict=True))
    _tell("edit to first log line / the script alone", line / alone, f"{line:.2f} s; limit {LIMIT_SECONDS} s")
    _tell("  until the job is launched", launched / alone, f"{launched:.2f} s")
    _tell("  from there to its line", (line - launched) / alone, f"{line - launched:.2f} s")


def _checkout(root: Path) -> Checkout:
    """This checkout by links, with one workload that prints a line."""
    checkout = linked_checkout(root)
    source = root / "workloads" / "trivial" / "src"
    source.mkdir(parents=True)
    (source.parent / "workload.yaml").write_text(WORKLOAD)
    _edit(checkout, "deployed")
    return checkout


def _prepare(checkout: Checkout, aws: LocalAws) -> None:
    deploy = checkout.start("deploy", **aws.environment)
    output, _ = deploy.communicate()
    if deploy.returncode != 0:
        raise SystemExit(f"launchpad deploy: {output}")
    s3 = aws.client("s3")
    bucket = next(candidate["Name"] for candidate in s3.list_buckets()["Buckets"] if "data" in candidate["Name"])
    s3.put_object(Bucket=bucket, Key="trivial/training/rows.csv", Body=b"1,2\n")


def _edit(checkout: Checkout, text: str) -> Path:
    script = checkout.root / "workloads" / "trivial" / "src" / "train.py"
    script.write_text(f"print({text!r}, flush=True)\n")
    return script


def _edit_to_log(checkout: Checkout, aws: LocalAws, number: int) -> tuple[float, float]:
    """The seconds from an edit until the job is launched, and until the job's line is shown."""
    text, launched = f"edit {number}", 0.0
    _edit(checkout, text)
    start = time.perf_counter()
    command = checkout.start("run", "trivial", **aws.environment)
    assert command.stdout is not None  # noqa: S101 -- it is a pipe
    lines: list[str] = []
    for line in command.stdout:
        lines.append(line)
        if line.startswith("training job "):
            launched = time.perf_counter() - start
        if line.strip().endswith(text):
            shown = time.perf_counter() - start
            command.communicate()  # the job's end is not measured
            return launched, shown
    raise SystemExit(f"the line never came:\n{''.join(lines)}")


def _script_alone(checkout: Checkout) -> float:
    script = checkout.root / "workloads" / "trivial" / "src" / "train.py"
    start = time.perf_counter()
    subprocess.run([str(PYTHON), str(script)], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def _tell(name: str, ratio: float, more: str) -> None:
    print(f"{name:<46} {ratio:7.1f}   {more}", flush=True)


if __name__ == "__main__":
    main()
