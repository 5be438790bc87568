"""Two instances train one model together with torch.distributed (gloo), started by torchrun through AWS's toolkit.

The first job builds the environment of AWS's PyTorch image (200 MB): ``pytest -m torch``.
"""

from __future__ import annotations

import io
import json
import tarfile
import textwrap

import pytest

from tests.local_aws.script_jobs import running_script_jobs

pytestmark = pytest.mark.torch

TRAIN = """
    import os, torch, torch.distributed as dist

    def train(rank, size):
        torch.manual_seed(0)
        model = torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(1, 1))
        optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
        x = torch.linspace(rank - 1.0, rank * 1.0, 50).reshape(-1, 1)  # each instance has a half of the data
        for _ in range(300):
            optimizer.zero_grad()
            torch.nn.functional.mse_loss(model(x), 3 * x + 1).backward()
            optimizer.step()
        weight, bias = [parameter.item() for parameter in model.parameters()]
        print("learned", rank, size, os.environ["SM_CURRENT_HOST"], f"{weight:.6f}", f"{bias:.6f}", flush=True)
        if rank == 0:
            torch.save(model.module.state_dict(), "/opt/ml/model/model.pt")

    dist.init_process_group("gloo")
    train(dist.get_rank(), dist.get_world_size())
    dist.destroy_process_group()  # a model that is still there keeps its threads: Python may then abort
"""
IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.10.0-cpu-py313-ubuntu22.04-sagemaker"
TWO = {"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 10}


def archive(**files):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name.replace("__", "."))
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content.encode()))
    return packed.getvalue()


@pytest.fixture(scope="module")
def scripts():
    with running_script_jobs() as jobs:
        jobs.put("torch.tar.gz", archive(train__py=textwrap.dedent(TRAIN)))
        yield jobs


def test_two_jobs_of_two_instances_each_train_one_model_side_by_side(scripts):
    hyperparameters = {
        "sagemaker_submit_directory": "s3://scripts/torch.tar.gz",
        "sagemaker_torch_distributed_enabled": True,
        "sagemaker_instance_type": "ml.m5.large",
    }
    limits = {"MaxRuntimeInSeconds": 900}
    members = {"hyperparameters": hyperparameters, "ResourceConfig": TWO, "StoppingCondition": limits}
    names = [scripts.start("pass", algorithm={"TrainingImage": IMAGE}, **members) for _ in range(2)]
    for name in names:
        job = scripts.wait(name, seconds=900)
        lines = "\n".join(scripts.host_lines(name))
        assert job["TrainingJobStatus"] == "Completed", f"{job.get('FailureReason')}\n{lines}"
        learned = sorted(line.split() for line in scripts.printed(job, "learned"))
        assert [(rank, size, host) for rank, size, host, *_ in learned] == [("0", "2", "algo-1"), ("1", "2", "algo-2")]
        assert learned[0][3:] == learned[1][3:], "both instances have the same weights"
        assert [float(value) for value in learned[0][3:]] == pytest.approx([3, 1], abs=0.01)
        assert list(scripts.artefact(job["ModelArtifacts"]["S3ModelArtifacts"])) == ["model.pt"]
        assert json.loads(job["HyperParameters"]["sagemaker_torch_distributed_enabled"]) is True
