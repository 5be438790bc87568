"""A server of several models keeps SageMaker's contract for multi-model containers, with code of each model."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest

from local_aws.runtimes.base import ContainerSpec
from tests.local_aws.runtimes.containers import IMAGE, Containers, Endpoint

MODEL = """
def model_fn(model_dir):
    return open(f"{model_dir}/factor").read()

def input_fn(body, content_type):
    return float(body)

def predict_fn(data, model):
    return data * float(model)
"""


class Models:
    """The server, called as SageMaker calls it."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.path = f"{endpoint.program.opt_ml}/models"

    def add(self, name: str, factor: str, code: str = MODEL) -> str:
        folder = self.endpoint.root / "models" / name / "model"
        (folder / "code").mkdir(parents=True)
        (folder / "factor").write_text(factor)
        (folder / "code" / "inference.py").write_text(code)
        return f"{self.path}/{name}/model"

    def call(self, method: str, path: str, body: bytes = b"") -> tuple[int, str]:
        url = f"{self.endpoint.program.url}{path}"
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(url, body or None, headers, method=method)  # noqa: S310 (the server's own)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def load(self, name: str, url: str) -> int:
        return self.call("POST", "/models", json.dumps({"model_name": name, "url": url}).encode())[0]


@pytest.fixture
def models(both_process_containers: Containers) -> Models:
    root = both_process_containers._root("models")
    lines: list[str] = []
    environment = {"SAGEMAKER_MULTI_MODEL": "true", "SAGEMAKER_PROGRAM": "inference.py"}
    spec = ContainerSpec(image=IMAGE, root=root, environment=environment, network=True, log=lines.append)
    endpoint = Endpoint(root, both_process_containers.runtime.serve(spec), lines)
    return Models(both_process_containers._remember(endpoint).wait_until_ready())


def test_each_model_has_its_own_code_and_is_loaded_and_unloaded(models: Models) -> None:
    assert models.call("GET", "/models") == (200, '{"models": []}')
    double = models.add("double", "2")
    triple = models.add("triple", "3", MODEL.replace("data * float(model)", "[data * float(model)]"))
    assert [models.load("double", double), models.load("triple", triple)] == [200, 200]
    assert models.load("double", double) == 409
    assert models.call("POST", "/models/double/invoke", b"4") == (200, "8.0")
    assert models.call("POST", "/models/triple/invoke", b"4") == (200, "[12.0]")
    assert json.loads(models.call("GET", "/models")[1])["models"][0] == {"modelName": "double", "modelUrl": double}
    assert models.call("DELETE", "/models/double")[0] == 200
    assert [models.call("GET", f"/models/{name}")[0] for name in ("double", "triple")] == [404, 200]
    assert models.call("POST", "/models/double/invoke", b"4")[0] == 404


def test_a_model_that_can_not_be_loaded_leaves_the_others(models: Models) -> None:
    assert models.load("double", models.add("double", "2")) == 200
    assert models.load("bad", models.add("bad", "2", "raise ValueError('no such module')")) == 500
    assert any("no such module" in line for line in models.endpoint.lines)
    assert models.load("missing", f"{models.path}/missing/model") == 404
    assert models.call("POST", "/models/double/invoke", b"4") == (200, "8.0")
