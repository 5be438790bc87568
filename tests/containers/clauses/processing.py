"""What a processing image's own program promises."""

from __future__ import annotations

import re

from tests.containers.case import Case
from tests.containers.contract import Processing, clause


def _processing(case: Case) -> Processing:
    assert case.contract.process
    return case.contract.process


@clause("process")
def process_writes_its_outputs_without_network(case: Case) -> None:
    """It ends with exit code 0, and each output is as the contract has it."""
    job = case.process(_processing(case).arguments)
    code = job.wait()
    assert code == 0, f"it ended with {code}; its log:\n{job.log()}"
    for name, pattern in _processing(case).outputs.items():
        path = job.root / "processing" / name
        assert path.is_file(), f"there is no /opt/ml/processing/{name}; its log:\n{job.log()}"
        text = path.read_text()
        assert re.search(pattern, text, re.DOTALL), f"{name} does not match {pattern!r}; it begins: {text[:300]!r}"


@clause("process")
def process_tells_why_it_failed(case: Case) -> None:
    """A failure is an exit code that is not 0, and /opt/ml/output/message, which becomes the job's ExitMessage."""
    failing = _processing(case).failing
    job = case.process(failing.arguments)
    code = job.wait()
    assert code != 0, f"it ended with 0, though it could not process; its log:\n{job.log()}"
    path = job.root / "output/message"
    assert path.is_file(), f"there is no /opt/ml/output/message; its log:\n{job.log()}"
    message = path.read_text()
    assert re.search(failing.failure, message), f"output/message does not say {failing.failure!r}: {message}"
