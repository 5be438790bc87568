"""What the local AWS adds to jobs: the calls that create them, the way of one, and how well many fill the machine.

Run it with `make benchmark-jobs`, with nothing else running. It starts a separate server, with the real scikit-learn
image, whose environment is built first if it isn't there. Every result is a ratio to a floor that was measured in the
same run, so that it says something about any machine. Where a Docker engine answers, the same job is run in the runtime
`docker` and by the SageMaker SDK's local mode too (`make benchmark-jobs` installs that SDK).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.end_to_end.conftest import CACHE, Checkout, linked_checkout  # noqa: E402
from tests.local_aws.launcher import PYTHON, running_local_aws  # noqa: E402
from tests.local_aws.script_jobs import ScriptJobs, running_script_jobs  # noqa: E402

STAND_IN = "local-aws-stand-in/scikit-learn"
SCRIPT = "print('nothing to do')\n"
WORKLOAD = """\
name: trivial
description: Nothing to do.
image: {framework: sklearn}
training:
  entry_point: train.py
  source_dir: src
  instance: {type: ml.m5.large, count: 1, volume_gb: 30}
  max_runtime_minutes: 5
  channels:
    training: {prefix: trivial/training, content_type: text/csv}
"""
CALL_LIMIT_MILLISECONDS = 50
JOB_LIMIT_SECONDS = 2.0
BUSY_TARGET = 0.8


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=100, help="trivial jobs in the queue (default: 100)")
    jobs = parser.parse_args().jobs
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # Python's cache is on, unless it is switched off
    cores = len(os.sched_getaffinity(0))
    with running_script_jobs("--parallel-jobs", str(cores)) as scripts:
        scripts.completed(SCRIPT)  # the image is there, everything is loaded
        plain = _report_one_job(scripts)
    _report_command(plain)
    _report_docker(plain)
    idle = _used()
    with running_script_jobs("--parallel-jobs", str(cores)) as scripts:
        scripts.completed(SCRIPT)
    idle = _used() - idle
    before = _used()
    with running_script_jobs("--parallel-jobs", str(cores)) as scripts:
        scripts.completed(SCRIPT)
        wall = _report_queue(scripts, jobs)
    busy = (_used() - before - idle) / (wall * cores)
    _tell(f"share of {cores} cores that {jobs} queued jobs used", busy, f"target: at least {BUSY_TARGET}")


def _report_one_job(scripts: ScriptJobs) -> float:
    """Returns what the script alone takes, in seconds."""
    requests = [scripts.request(SCRIPT) for _ in range(20)]
    sts, sagemaker = scripts.aws.client("sts"), scripts.aws.client("sagemaker")
    floor = statistics.median(_seconds(sts.get_caller_identity) for _ in range(20))
    calls = [_seconds(lambda request=request: sagemaker.create_training_job(**request)) for request in requests]
    call = statistics.median(calls)
    for request in requests:
        scripts.wait(request["TrainingJobName"], seconds=300)
    _tell(
        "CreateTrainingJob / GetCallerIdentity",
        call / floor,
        f"{call * 1000:.0f} ms; limit {CALL_LIMIT_MILLISECONDS} ms",
    )
    plain = statistics.median(_seconds(_run_plainly) for _ in range(5))
    median = statistics.median(_seconds(lambda: scripts.completed(SCRIPT)) for _ in range(5))
    _tell("trivial job / its script alone", median / plain, f"adds {median - plain:.2f} s; limit {JOB_LIMIT_SECONDS} s")
    return plain


def _report_command(plain: float) -> None:
    """`launchpad run`, as a person in a shell waits for it: the command's start, the launch function, the job."""
    with tempfile.TemporaryDirectory() as folder, running_local_aws("--cache", str(CACHE), "--iam") as aws:
        checkout = _checkout(Path(folder))
        variables = checkout.variables(**aws.environment)

        def launchpad(*words: str) -> None:
            result = subprocess.run(
                checkout.command(*words), check=False, cwd=folder, env=variables, capture_output=True, text=True
            )
            if result.returncode != 0:
                raise SystemExit(f"launchpad {' '.join(words)}: {result.stdout}{result.stderr}")

        launchpad("deploy")
        s3 = aws.client("s3")
        bucket = next(candidate["Name"] for candidate in s3.list_buckets()["Buckets"] if "data" in candidate["Name"])
        s3.put_object(Bucket=bucket, Key="trivial/training/rows.csv", Body=b"1,2\n")
        launchpad("run", "trivial")
        median = statistics.median(_seconds(lambda: launchpad("run", "trivial")) for _ in range(5))
    _tell(
        "`launchpad run` / its script alone",
        median / plain,
        f"adds {median - plain:.2f} s; limit {JOB_LIMIT_SECONDS} s",
    )


def _checkout(root: Path) -> Checkout:
    """This checkout by links, with one workload that does nothing."""
    checkout = linked_checkout(root)
    source = root / "workloads" / "trivial" / "src"
    source.mkdir(parents=True)
    (source / "train.py").write_text(SCRIPT)
    (source.parent / "workload.yaml").write_text(WORKLOAD)
    return checkout


def _report_docker(plain: float) -> None:
    """The same job in Docker: by the local AWS, and by the SDK's local mode in the same image."""
    if subprocess.run(["docker", "info"], check=False, capture_output=True).returncode != 0:
        print("no Docker engine answers: the SDK's local mode is not measured", flush=True)
        return
    with running_script_jobs("--runtime", "docker") as scripts:
        scripts.completed(SCRIPT)  # the image is built
        median = statistics.median(_seconds(lambda: scripts.completed(SCRIPT)) for _ in range(5))
    _tell("trivial job in Docker / its script alone", median / plain, f"adds {median - plain:.2f} s")
    image = _output(["docker", "images", "--format", "{{.Repository}}:{{.Tag}}", STAND_IN]).splitlines()[0]
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "train.py"
        script.write_text(SCRIPT)
        sdk = [str(ROOT / ".venv-sdk-v2/bin/python"), str(ROOT / "benchmarks/sdk_local_mode.py")]
        seconds = json.loads(_output([*sdk, image, str(script), "5"]).splitlines()[-1])  # the SDK's import prints
    median = statistics.median(seconds)
    _tell("the SDK's local mode / its script alone", median / plain, f"adds {median - plain:.2f} s")


def _output(command: list[str]) -> str:
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    if result.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: {result.stderr.strip()[-1000:]}")
    return result.stdout


def _report_queue(scripts: ScriptJobs, jobs: int) -> float:
    requests = [scripts.request(SCRIPT) for _ in range(jobs)]
    sagemaker = scripts.aws.client("sagemaker")
    start, machine = time.perf_counter(), _machine()
    for request in requests:
        sagemaker.create_training_job(**request)
    for request in reversed(requests):  # the last one first: one wait is enough for nearly all
        while scripts.describe(request["TrainingJobName"])["TrainingJobStatus"] == "InProgress":
            time.sleep(0.2)
    wall = time.perf_counter() - start
    statuses = {scripts.describe(request["TrainingJobName"])["TrainingJobStatus"] for request in requests}
    if statuses != {"Completed"}:
        raise SystemExit(f"not all jobs completed: {statuses}")
    _tell("jobs per second", jobs / wall, f"{wall:.0f} s for {jobs}")
    cpu_times = [after - before for before, after in zip(machine, _machine(), strict=True)]
    _tell("share of the machine that was busy meanwhile", 1 - cpu_times[3] / sum(cpu_times), "with whatever else ran")
    return wall


def _run_plainly() -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".py") as file:
        file.write(SCRIPT)
        file.flush()
        subprocess.run([PYTHON, file.name], check=True, capture_output=True)


def _seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def _used() -> float:
    """Processor seconds of all children of this process that have ended, and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _machine() -> list[int]:
    """Ticks of all cores since the start of the machine; the fourth are the idle ones."""
    return [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]


def _tell(title: str, value: float, remark: str) -> None:
    print(f"{title:<52} {value:8.2f}   ({remark})", flush=True)


if __name__ == "__main__":
    main()
