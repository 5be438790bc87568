"""PyTorch's and Hugging Face's images serve as AWS's do where the user's script leaves something out.

Their environments are built once (22 s and 45 s, 200 MB to fetch): ``pytest -m torch``.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_aws.runtimes.environments import Environments
from local_aws.runtimes.images import find_image, load_images
from local_aws.runtimes.process import ProcessRuntime
from tests.local_aws.runtimes.conftest import CACHE, UV
from tests.local_aws.runtimes.containers import Containers, Endpoint

pytestmark = pytest.mark.torch

REGISTRY = "763104351884.dkr.ecr.us-east-1.amazonaws.com"
PYTORCH = f"{REGISTRY}/pytorch-inference:2.6.0-cpu-py312-ubuntu22.04-sagemaker"
HUGGINGFACE = f"{REGISTRY}/huggingface-pytorch-inference:2.6.0-transformers5.5.3-cpu-py312-ubuntu22.04"
SAVE = """
import sys, torch
model = torch.nn.Linear(2, 1)
with torch.no_grad():
    model.weight.copy_(torch.tensor([[2.0, 3.0]]))
    model.bias.fill_(1.0)
torch.jit.save(torch.jit.script(model), sys.argv[1] + "/model.pt")
torch.save(model.state_dict(), sys.argv[1] + "/state.pth")
"""
CLASSIFIER = """
import sys
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import DistilBertConfig, DistilBertForSequenceClassification, PreTrainedTokenizerFast
words = Tokenizer(models.WordLevel({"[PAD]": 0, "[UNK]": 1, "good": 2}, unk_token="[UNK]"))
words.pre_tokenizer = pre_tokenizers.Whitespace()
PreTrainedTokenizerFast(tokenizer_object=words, pad_token="[PAD]", unk_token="[UNK]").save_pretrained(sys.argv[1])
config = DistilBertConfig(vocab_size=3, dim=8, n_layers=1, n_heads=1, hidden_dim=8, id2label={0: "bad", 1: "good"})
DistilBertForSequenceClassification(config).save_pretrained(sys.argv[1])
"""


def made_by(image: str, program: str, folder: Path) -> dict[str, str | bytes]:
    """The files that a program writes when it runs in an image's environment, by their place under /opt/ml."""
    environment = Environments(CACHE / "environments", uv=UV).ensure(find_image(image, load_images()).image, print)
    subprocess.run([environment / "bin/python", "-c", program, folder], check=True)
    return {f"model/{path.name}": path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def torchscript(isolating: ProcessRuntime, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """A model in TorchScript that brings no script: it predicts 1 + 2x + 3y."""
    files = made_by(PYTORCH, SAVE, tmp_path_factory.mktemp("saved"))
    with Containers(isolating, tmp_path_factory.mktemp("torchscript")) as containers:
        yield containers.serve(files=files, image=PYTORCH).wait_until_ready()


@pytest.mark.parametrize(
    ("body", "content_type"), [("[[1, 1], [0, 2]]", "application/json"), ("1,1\n0,2\n", "text/csv")]
)
def test_torchscript_without_a_script_answers_tensors(torchscript: Endpoint, body: str, content_type: str) -> None:
    response = torchscript.invoke(body, content_type, "application/json")
    assert response.status == 200, response.body
    assert response.json == [[6.0], [7.0]]


def test_what_are_no_numbers_is_refused(torchscript: Endpoint) -> None:
    assert torchscript.invoke('["a"]', "application/json").status == 400
    assert torchscript.invoke("1", "application/xml").status == 415


def test_weights_alone_need_a_model_fn(isolating: ProcessRuntime, tmp_path: Path) -> None:
    (tmp_path / "saved").mkdir()
    files = made_by(PYTORCH, SAVE, tmp_path / "saved")
    del files["model/model.pt"]
    with Containers(isolating, tmp_path) as containers:
        endpoint = containers.serve(files=files, image=PYTORCH)
        assert endpoint.program.wait(60) == 1
        assert endpoint.printed("state.pth is not TorchScript: save it with torch.jit.save, or write a model_fn")


def test_a_transformers_model_without_a_script_becomes_a_pipeline(isolating: ProcessRuntime, tmp_path: Path) -> None:
    (tmp_path / "saved").mkdir()
    files = made_by(HUGGINGFACE, CLASSIFIER, tmp_path / "saved")
    with Containers(isolating, tmp_path) as containers:
        endpoint = containers.serve(files=files, image=HUGGINGFACE, network=False).wait_until_ready()
        response = endpoint.invoke(json.dumps({"inputs": ["good", "good good"], "parameters": {"top_k": 1}}))
        assert response.status == 200, response.body
        assert {labels[0]["label"] for labels in json.loads(response.body)} <= {"bad", "good"}
        assert endpoint.invoke('"good"').status == 400
