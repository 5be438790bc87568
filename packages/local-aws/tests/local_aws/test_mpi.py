"""Processes of one instance or of two train together through MPI, started by a real mpirun.

Open MPI comes by the job's requirements.txt (20 MB), so that the machine need not have it: ``pytest -m torch``.
"""

from __future__ import annotations

import textwrap

import pytest

from tests.local_aws.script_jobs import running_script_jobs
from tests.local_aws.test_torch_distributed import TWO, archive

pytestmark = pytest.mark.torch

TRAIN = """
    import os, pathlib
    from mpi4py import MPI
    world = MPI.COMM_WORLD
    rank, size = world.Get_rank(), world.Get_size()
    # Each process has a share of the points of y = 3x; together they have the slope.
    points = [(x, 3 * x) for x in range(1 + rank, 101, size)]
    products = world.allreduce(sum(x * y for x, y in points))
    squares = world.allreduce(sum(x * x for x, _ in points))
    print("learned", rank, size, os.environ["SM_CURRENT_HOST"], products / squares, flush=True)
    if rank == 0:
        pathlib.Path("/opt/ml/model/slope").write_text(str(products / squares))
"""

FAILING = """
    from mpi4py import MPI
    rank = MPI.COMM_WORLD.Get_rank()
    if rank == 3:
        raise RuntimeError(f"no data for rank {rank}")
    MPI.COMM_WORLD.Barrier()
"""
CURIOUS = """
    import socket
    from mpi4py import MPI
    if MPI.COMM_WORLD.Get_rank() == 0:
        socket.create_connection(("algo-2", 8022)).close()
    MPI.COMM_WORLD.Barrier()
"""
REQUIREMENTS = "mpi4py==4.1.2\nopenmpi==5.0.11\n"


@pytest.fixture(scope="module")
def scripts():
    with running_script_jobs() as jobs:
        for name, train in {"mpi": TRAIN, "failing": FAILING, "curious": CURIOUS}.items():
            jobs.put(f"{name}.tar.gz", archive(train__py=textwrap.dedent(train), requirements__txt=REQUIREMENTS))
        yield jobs


def hyperparameters(archive_name="mpi"):
    return {
        "sagemaker_submit_directory": f"s3://scripts/{archive_name}.tar.gz",
        "sagemaker_mpi_enabled": True,
        "sagemaker_mpi_num_of_processes_per_host": 2,
    }


def test_two_processes_learn_one_slope_from_their_shares_of_the_data(scripts):
    job = scripts.completed("pass", hyperparameters=hyperparameters())
    assert sorted(scripts.printed(job, "learned")) == ["0 2 algo-1 3.0", "1 2 algo-1 3.0"]
    assert scripts.artefact(job["ModelArtifacts"]["S3ModelArtifacts"]) == {"slope": b"3.0"}


def test_two_processes_on_each_of_two_instances_learn_one_slope(scripts):
    job = scripts.completed("pass", hyperparameters=hyperparameters(), ResourceConfig=TWO)
    learned = ["0 4 algo-1 3.0", "1 4 algo-1 3.0", "2 4 algo-2 3.0", "3 4 algo-2 3.0"]
    assert sorted(scripts.printed(job, "learned")) == learned
    assert scripts.artefact(job["ModelArtifacts"]["S3ModelArtifacts"]) == {"slope": b"3.0"}


def test_a_process_that_fails_on_the_second_instance_fails_the_job(scripts):
    name = scripts.start("pass", hyperparameters=hyperparameters("failing"), ResourceConfig=TWO)
    job = scripts.wait(name)
    assert job["TrainingJobStatus"] == "Failed"
    assert "ExecuteUserScriptError" in job["FailureReason"]
    assert any("no data for rank 3" in line for line in scripts.host_lines(name))


def test_a_host_that_waits_for_orders_survives_who_connects_and_gives_none(scripts):
    scripts.completed("pass", hyperparameters=hyperparameters("curious"), ResourceConfig=TWO)
