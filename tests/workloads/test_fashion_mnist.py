"""What fashion-mnist promises beyond the way that every workload goes."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.workloads

IMAGES = 200
TAKE = """
import json, sys, numpy as np
folder, output, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
with np.load(f"{folder}/validation/validation.npz") as archive:
    np.save(f"{output}/images.npy", archive["image"][:count])
    print(json.dumps(archive["label"][:count].tolist()))
"""


@pytest.fixture(scope="module")
def fashion(catalogue):
    return catalogue["fashion-mnist"]


def test_the_endpoint_names_most_images_as_people_do(fashion, arrive, platform, prepared_data, tmp_path):
    way = arrive("fashion-mnist")
    result = fashion.run("data-requirements.txt", "-c", TAKE, prepared_data("fashion-mnist"), tmp_path, IMAGES)
    labels = json.loads(result.stdout)
    platform.succeeds("serve", way.name, "--job", way.job)
    output = platform.succeeds("predict", way.name, "--data", tmp_path / "images.npy")
    platform.succeeds("stop", f"local-{way.name}", "--yes")
    scores = json.loads(output[output.index("{") : output.rindex("}") + 1])["predictions"]
    predicted = [max(range(10), key=row.__getitem__) for row in scores]
    assert len(predicted) == IMAGES
    assert sum(a == b for a, b in zip(predicted, labels, strict=True)) / IMAGES > 0.85
    assert all(sum(row) == pytest.approx(1, abs=1e-3) for row in scores)


def test_other_files_than_the_published_ones_are_refused(fashion, tmp_path):
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(b"not these")
    result = fashion.run(
        "data-requirements.txt", fashion.folder / "data.py", "--output", tmp_path, "--source", tmp_path
    )
    assert result.returncode == 1
    assert "not the published file" in result.stderr


def test_the_batch_grows_with_the_number_of_gpus(fashion, prepared_data, tmp_path):
    folder = prepared_data("fashion-mnist")
    channels = ("--training", folder / "training", "--validation", folder / "validation")
    options = ("--epochs", 0, "--batch-size", 64, "--model-dir", tmp_path)
    script = fashion.source("training")
    output = fashion.run("requirements.txt", script, *channels, *options, SM_NUM_GPUS="4").stdout
    assert "60000 images, batches of 256" in output
