"""What `train` promises."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from tests.containers import docker_images, processes
from tests.containers.case import Case, Running
from tests.containers.contract import Contract, clause

STOP_SECONDS = 30.0
"""SageMaker gives a job 120 s after SIGTERM, from which uploading takes its part."""
REASON_CHARACTERS = 1024
"""How much of output/failure DescribeTrainingJob shows."""


@clause("train")
def train_writes_a_model_without_network(case: Case) -> None:
    """It ends with exit code 0, leaves a model under /opt/ml/model, and its metrics in the log."""
    job = case.train({})
    code = job.wait()
    assert code == 0, f"it ended with {code}; its log:\n{job.log()}"
    assert _files(job.root / "model"), f"/opt/ml/model is empty; its log:\n{job.log()}"
    assert re.search(case.training.says, job.log()), f"the log does not say {case.training.says!r}:\n{job.log()}"
    assert not (job.root / "output/failure").exists(), "it wrote output/failure, though it succeeded"


@clause("train")
def train_leaves_its_input_as_it_was(case: Case) -> None:
    """SageMaker may mount it read-only, and may show it to other hosts.

    So it trains on one that it can't write to; a comparison tells where the machine can't see to that.
    """
    job = case.train({}, read_only=["input"])
    before = _files(job.root / "input")
    code = job.wait()
    assert code == 0, f"with a read-only /opt/ml/input it ended with {code}; its log:\n{job.log()}"
    changed = sorted({path for path, _ in set(before.items()) ^ set(_files(job.root / "input").items())})
    assert not changed, f"it changed {', '.join(changed)} under /opt/ml/input"


@clause("train")
def train_tells_why_it_failed(case: Case) -> None:
    """A failure is an exit code that is not 0, and output/failure, which becomes the job's FailureReason."""
    failing = case.training.failing
    job = case.train(failing.hyperparameters)
    code = job.wait()
    assert code != 0, f"it ended with 0, though it could not train; its log:\n{job.log()}"
    path = job.root / "output/failure"
    assert path.is_file(), f"there is no /opt/ml/output/failure; its log:\n{job.log()}"
    reason = path.read_text()[:REASON_CHARACTERS]
    assert re.search(failing.failure, reason), f"output/failure does not say {failing.failure!r}: {reason}"


def _stoppable(contract: Contract) -> object:
    return contract.train and contract.train.stopped


@clause("train", needed=_stoppable)
def train_leaves_a_checkpoint_when_it_is_stopped(case: Case) -> None:
    """SIGTERM is what StopTrainingJob and a spot interruption send; the next job goes on from the checkpoint."""
    stopped = case.training.stopped
    assert stopped
    job = case.train(stopped.hyperparameters)
    _wait_for(job, stopped.running)
    code = job.program.terminate(STOP_SECONDS)
    assert code not in (-9, 137), f"SIGTERM did not end it within {STOP_SECONDS:.0f} s; its log:\n{job.log()}"
    checkpoint = job.root / "checkpoints" / stopped.checkpoint
    assert checkpoint.is_file(), f"there is no /opt/ml/checkpoints/{stopped.checkpoint}; its log:\n{job.log()}"
    again = case.train(stopped.hyperparameters, checkpoints=job.root / "checkpoints")
    _wait_for(again, stopped.resumed)
    again.program.terminate(STOP_SECONDS)


@clause("train", drivers=("docker",), needed=_stoppable)
def train_runs_as_the_user_it_says(case: Case) -> None:
    """SageMaker mounts /opt/ml for root, so that training can't do without."""
    stopped = case.training.stopped
    assert stopped
    job = case.train(stopped.hyperparameters)
    _wait_for(job, stopped.running)
    expected = docker_images.user_number(case.uri, case.contract.user["train"])
    others = {name: user for name, user in processes.users(job.program.process_id).items() if user != expected}
    job.program.terminate(0)
    assert not others, f"the contract says {case.contract.user['train']!r} (user {expected}), but there run {others}"


def _wait_for(job: Running, pattern: str) -> None:
    expression = re.compile(pattern)
    job.wait_until(lambda: any(expression.search(line) for line in list(job.lines)), f"the log said {pattern!r}")


def _files(folder: Path) -> dict[str, str]:
    """Every file below a folder, with what tells a change of it."""
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
