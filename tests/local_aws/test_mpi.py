"""Processes of one instance train together through MPI, started by a real mpirun.

Open MPI comes by the job's requirements.txt (20 MB), so that the machine need not have it: ``pytest -m torch``.
"""

from __future__ import annotations

import textwrap

import pytest

from tests.local_aws.script_jobs import running_script_jobs
from tests.local_aws.test_torch_distributed import archive

pytestmark = pytest.mark.torch

TRAIN = """
    import pathlib
    from mpi4py import MPI
    world = MPI.COMM_WORLD
    rank, size = world.Get_rank(), world.Get_size()
    # Each process has a share of the points of y = 3x; together they have the slope.
    points = [(x, 3 * x) for x in range(1 + rank, 101, size)]
    products = world.allreduce(sum(x * y for x, y in points))
    squares = world.allreduce(sum(x * x for x, _ in points))
    print("learned", rank, size, products / squares, flush=True)
    if rank == 0:
        pathlib.Path("/opt/ml/model/slope").write_text(str(products / squares))
"""


@pytest.fixture(scope="module")
def scripts():
    with running_script_jobs() as jobs:
        requirements = "mpi4py==4.1.2\nopenmpi==5.0.11\n"
        jobs.put("mpi.tar.gz", archive(train__py=textwrap.dedent(TRAIN), requirements__txt=requirements))
        yield jobs


@pytest.mark.feature("K5 distributed frameworks", local=True)
def test_two_processes_learn_one_slope_from_their_shares_of_the_data(scripts):
    hyperparameters = {
        "sagemaker_submit_directory": "s3://scripts/mpi.tar.gz",
        "sagemaker_mpi_enabled": True,
        "sagemaker_mpi_num_of_processes_per_host": 2,
    }
    job = scripts.completed("pass", hyperparameters=hyperparameters)
    assert sorted(scripts.printed(job, "learned")) == ["0 2 3.0", "1 2 3.0"]
    assert scripts.artefact(job["ModelArtifacts"]["S3ModelArtifacts"]) == {"slope": b"3.0"}
