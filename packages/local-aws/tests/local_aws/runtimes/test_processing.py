"""Processing runs the job's own entry point in the image."""

from __future__ import annotations

import pytest

from local_aws.runtimes.base import ImageNotFoundError
from tests.local_aws.runtimes.containers import Containers

SCRIPT = "/opt/ml/processing/input/code/scale.py"


def test_an_entry_point_reads_its_input_and_writes_its_output(both_containers: Containers) -> None:
    job = both_containers.process(
        "python3",
        SCRIPT,
        "/opt/ml/processing/input/rows.csv",
        "/opt/ml/processing/output/sum",
        files={
            "processing/input/rows.csv": "1\n2\n",
            SCRIPT.removeprefix("/opt/ml/"): """
                import socket, sys
                import pandas as pd
                print("on", socket.gethostname())
                with open(sys.argv[2], "w") as file:
                    file.write(str(pd.read_csv(sys.argv[1], header=None)[0].sum()))
            """,
        },
    )
    assert job.wait() == 0, job.output
    assert (job.root / "processing/output/sum").read_text() == "3"


def test_its_exit_code_is_the_jobs(both_containers: Containers) -> None:
    job = both_containers.process("python3", SCRIPT, files={SCRIPT.removeprefix("/opt/ml/"): "raise SystemExit(7)"})
    assert job.wait() == 7


def test_an_isolated_job_knows_its_host_and_no_network(containers: Containers) -> None:
    code = "import socket; print(socket.gethostname(), [name for _, name in socket.if_nameindex() if name == 'eth0'])"
    job = containers.process("python3", "-c", code, files={}, network=False)
    assert job.wait() == 0
    assert job.lines == ["algo-1 []"]


def test_an_image_without_a_program_is_refused_with_what_to_write(containers: Containers) -> None:
    with pytest.raises(ImageNotFoundError, match="ContainerEntrypoint"):
        containers.process(files={})
