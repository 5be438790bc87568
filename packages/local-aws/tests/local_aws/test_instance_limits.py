"""Jobs within their instance type's memory and processors (`--instance-limits`)."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from types import SimpleNamespace

import pytest

from local_aws.sagemaker.instance_limits import KILLED, OUT_OF_MEMORY, LimitedProgram, limited
from local_aws.sagemaker.instance_types import memory, processors
from local_aws.sagemaker.training_run import TrainingRun
from tests.local_aws.conftest import PLAIN
from tests.local_aws.launcher import running_local_aws
from tests.local_aws.plain_jobs import PlainJobs

MIB, GIB = 1024**2, 1024**3
HUNGRY = "held = bytearray(200 * 1024 * 1024); import time; time.sleep(60)"
MODEST = "import time; time.sleep(0.6)"


class Started:
    """A program, as a runtime starts it."""

    def __init__(self, script: str) -> None:
        self._process = subprocess.Popen([sys.executable, "-c", script])
        self.process_id = self._process.pid

    def wait(self, timeout: float | None = None) -> int:
        return self._process.wait(timeout)

    def terminate(self, _grace_seconds: float) -> int:
        self._process.kill()
        return self._process.wait()


@pytest.mark.parametrize(
    ("instance_type", "count", "size"),
    [
        ("ml.m5.large", 2, 8 * GIB),
        ("ml.m5.4xlarge", 16, 64 * GIB),
        ("ml.t3.medium", 2, 4 * GIB),
        ("ml.c5.xlarge", 4, 8 * GIB),
        ("ml.r5.2xlarge", 8, 64 * GIB),
        ("ml.g4dn.xlarge", 4, 16 * GIB),
        ("ml.p3.2xlarge", 8, 61 * GIB),
        ("ml.p4d.24xlarge", None, None),
    ],
)
def test_memory_and_processors_are_those_of_the_type(instance_type, count, size):
    assert (processors(instance_type), memory(instance_type)) == (count, size)


def test_a_program_over_its_memory_is_killed_and_the_log_says_so():
    lines: list[str] = []
    program = LimitedProgram(Started(HUNGRY), "ml.m5.large", 100 * MIB, lines.append)
    assert program.wait(30) == KILLED
    assert program.out_of_memory
    assert re.match(r"Out of memory: the program uses 0\.[1-9] GiB, and ml\.m5\.large has ", lines[0])


def test_a_program_within_its_memory_ends_as_it_wants():
    program = LimitedProgram(Started(MODEST), "ml.m5.large", 100 * MIB, print)
    assert (program.wait(30), program.out_of_memory) == (0, False)


def test_a_program_gets_no_more_processors_than_its_type_has():
    program = limited(Started(MODEST), "ml.m5.large", print)
    assert len(os.sched_getaffinity(program.process_id)) <= 2
    assert program.wait(30) == 0


def test_an_unknown_type_has_no_limits_and_the_log_says_so():
    lines: list[str] = []
    program = Started(MODEST)
    assert limited(program, "ml.p4d.24xlarge", lines.append) is program
    assert lines == ["The local AWS does not know the memory of ml.p4d.24xlarge, so that nothing limits the program."]
    program.wait(30)


def test_the_failure_reason_of_a_job_asks_for_more_memory():
    run = SimpleNamespace(_stopping=threading.Event())
    outcome = TrainingRun._outcome(run, SimpleNamespace(out_of_memory=True, code=KILLED))
    assert outcome.status == "Failed"
    assert outcome.reason == f"ClientError: {OUT_OF_MEMORY}, exit code: 137"


def test_jobs_run_with_limits():
    with running_local_aws(*PLAIN, "--instance-limits") as aws:
        aws.client("s3").create_bucket(Bucket="limits")
        jobs = PlainJobs(aws, "limits")
        job = jobs.run("import os; print(len(os.sched_getaffinity(0)) <= 2)")
        assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
        assert jobs.log_lines(job["TrainingJobName"]) == ["True"]
