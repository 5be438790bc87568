"""SageMaker's image classification: what it takes, prints and answers."""

from __future__ import annotations

import base64
import json
import struct
import zlib

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.algorithm_jobs import algorithm_jobs
from tests.local_aws.algorithm_programs import mistakes, run_inside

pytestmark = pytest.mark.torch

VALUES = {
    "num_classes": "2",
    "num_training_samples": "16",
    "image_shape": "3,16,16",
    "num_layers": "20",
    "epochs": "6",
    "mini_batch_size": "8",
    "learning_rate": "0.01",
}
GPU = {"InstanceType": "ml.g5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 10}
RECORDIO, PICTURE = "application/x-recordio", "application/x-image"


def png(red, blue, size=16):
    """A picture of one color."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    lines = b"".join(b"\0" + bytes([red, 0, blue]) * size for _ in range(size))
    head = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


PICTURES = [(png(200 + 3 * n, 0) if n % 2 else png(0, 200 + 3 * n), n % 2) for n in range(16)]


def record_file(pictures):
    """A .rec file as MXNet's im2rec writes it."""
    bodies = [struct.pack("<IfQQ", 0, label, n, 0) + content for n, (content, label) in enumerate(pictures)]
    return b"".join(struct.pack("<II", 0xCED7230A, len(body)) + body + b"\0" * (-len(body) % 4) for body in bodies)


@pytest.fixture(scope="module")
def jobs(algorithms_aws):
    jobs = algorithm_jobs(algorithms_aws, "image-classification")
    jobs.put("rec/pictures.rec", record_file(PICTURES))
    for n, (content, _) in enumerate(PICTURES):
        jobs.put(f"files/all/{n}.png", content)
    jobs.put("lst/files.lst", "".join(f"{n}\t{label}\tall/{n}.png\n" for n, (_, label) in enumerate(PICTURES)))
    return jobs


@pytest.fixture(scope="module")
def trained(jobs):
    channels = [jobs.channel(name, "rec/", ContentType=RECORDIO) for name in ("train", "validation")]
    return jobs.completed(hyperparameters={**VALUES, "top_k": "2"}, channels=channels, ResourceConfig=GPU)


def test_each_epoch_is_in_the_log_and_a_metric(jobs, trained):
    lines = jobs.log_lines(trained["TrainingJobName"])
    assert "stand in for SageMaker's image classification" in lines[0]
    assert any("Epoch[5] Train-top_k_accuracy_2=1.000000" in line for line in lines)
    assert any("Storing the best model with validation accuracy" in line for line in lines)
    assert {item["MetricName"] for item in trained["FinalMetricDataList"]} == {"train:accuracy", "validation:accuracy"}


def test_an_endpoint_answers_with_probabilities(jobs, trained):
    ask = jobs.deploy(trained)
    content_type, body = ask(png(230, 0, 40), PICTURE)
    red = json.loads(body)
    assert content_type == "application/json"
    assert sum(red) == pytest.approx(1)
    assert red[1] > 0.5 > json.loads(ask(png(0, 230), "image/png")[1])[1]
    line = json.loads(ask(png(230, 0, 40), PICTURE, Accept="application/jsonlines")[1])
    assert line == {"prediction": red}
    for content, kind, status in ((b"no picture", PICTURE, 400), (b"1,2", "text/csv", 415)):
        with pytest.raises(ClientError) as refused:
            ask(content, kind)
        assert refused.value.response["OriginalStatusCode"] == status


def test_files_with_a_list_are_read(jobs):
    folders = {"train": "files/", "validation": "files/", "train_lst": "lst/", "validation_lst": "lst/"}
    channels = [jobs.channel(name, folder, ContentType=PICTURE) for name, folder in folders.items()]
    job = jobs.completed(hyperparameters={**VALUES, "epochs": "1"}, channels=channels, ResourceConfig=GPU)
    assert job["FinalMetricDataList"]


EARLIER = """
import base64, contextlib, io, runpy, tarfile
import torch
from local_aws.runtimes.inside.algorithms.errors import CustomerError
from local_aws.runtimes.inside.algorithms.job import Job

values, pictures = cases
train = runpy.run_path(f"{folder}/algorithm.py")["train"]


def trained(name, model, **changes):
    root = Path(scratch) / name
    (root / "model").mkdir(parents=True)
    for channel in ("train", "validation"):
        (root / "input/data" / channel).mkdir(parents=True)
        (root / "input/data" / channel / "pictures.rec").write_bytes(base64.b64decode(pictures))
    channels = {channel: {} for channel in ("train", "validation")}
    if model:
        channels["model"] = {}
        (root / "input/data/model").mkdir()
        with tarfile.open(root / "input/data/model/model.tar.gz", "w:gz") as archive:
            archive.add(model, model.name)
    with contextlib.redirect_stdout(io.StringIO()):
        train(Job(root, {**values, **changes}, channels, "algo-1"))
    return root / "model/image-classification.pt"


first = trained("first", None, epochs="1")
second = trained("second", first, epochs="1", learning_rate="0", weight_decay="0")
weights = [torch.load(path, weights_only=True)["weights"]["0.weight"] for path in (first, second)]
try:
    trained("third", first, num_layers="32")
except CustomerError as error:
    message = str(error)
output = [bool(torch.equal(*weights)), message]
"""


def test_training_goes_on_from_an_earlier_model(tmp_path):
    alike, message = run_inside("image-classification", EARLIER, [VALUES, encoded(record_file(PICTURES))], tmp_path)
    assert alike
    assert message == "num_layers is 32, and the earlier model has 20"


def test_an_augmented_manifest_is_read_as_a_stream(jobs):
    lines = [
        json.dumps({"source-ref": f"s3://{jobs.bucket}/files/all/{n}.png", "class": str(label), "class-metadata": {}})
        for n, (_, label) in enumerate(PICTURES)
    ]
    source = {
        "S3DataType": "AugmentedManifestFile",
        "S3Uri": jobs.put("manifest/pictures.manifest", "\n".join(lines)),
        "AttributeNames": ["source-ref", "class"],
    }
    channel = {"DataSource": {"S3DataSource": source}, "ContentType": RECORDIO, "RecordWrapperType": "RecordIO"}
    channels = [{"ChannelName": name, **channel} for name in ("train", "validation")]
    job = jobs.completed(hyperparameters={**VALUES, "epochs": "1"}, channels=channels, mode="Pipe", ResourceConfig=GPU)
    assert job["FinalMetricDataList"]


AUGMENTATIONS = """
import base64
from pictures import tensor

output = {}
for kind in ("crop", "crop_color", "crop_color_transform"):
    changed = tensor(base64.b64decode(cases), (3, 8, 12), resize=20, augmentation=kind)
    output[kind] = [list(changed.shape), round(float(changed[0].mean() - changed[2].mean()), 1)]
"""


def test_each_augmentation_keeps_the_shape(tmp_path):
    changed = run_inside("image-classification", AUGMENTATIONS, encoded(png(250, 0, 40)), tmp_path)
    assert all(shape == [3, 8, 12] for shape, _ in changed.values())
    red = changed["crop"][1]
    assert red == pytest.approx((250 - 123.68 + 103.939) / 58, abs=0.1)
    assert changed["crop_color"][1] != red


def test_training_needs_a_gpu_instance(jobs):
    with pytest.raises(ClientError, match=r"can't be trained on ml.m5.large"):
        jobs.start("", hyperparameters=VALUES, channels=[jobs.channel("train", "rec/")])


def test_what_cannot_be_trained_is_refused(tmp_path):
    pictures, files = encoded(record_file(PICTURES)), {"validation": (RECORDIO, encoded(record_file(PICTURES)))}
    two = struct.pack("<IfQQff", 2, 0, 1, 0, 1, 1) + PICTURES[0][0]
    several = struct.pack("<II", 0xCED7230A, len(two)) + two + b"\0" * (-len(two) % 4)
    right = {"train": (RECORDIO, pictures), **files}
    cases = [
        ("use_pretrained_model=1 works on AWS only", {"use_pretrained_model": "1"}, right),
        ("multi_label=1 works on AWS only", {"multi_label": "1"}, right),
        ("validation channel is not specified.", {}, {"train": (RECORDIO, pictures)}),
        ("Empty .rec file in train channel.", {}, {"train": (RECORDIO, ""), **files}),
        ("has images with several labels", {}, {"train": (RECORDIO, encoded(several)), **files}),
        ("does not start with a valid magic number", {}, {"train": (RECORDIO, encoded(b"12345678")), **files}),
        ("has the label 1, and num_classes is 1", {"num_classes": "1"}, right),
        ("'21' is not valid for the 'num_layers' hyperparameter", {"num_layers": "21"}, right),
        ("mini_batch_size is 32, more than the 16", {"mini_batch_size": "32"}, right),
        ("train_lst channel is not specified.", {}, {"train": (PICTURE, pictures), **files}),
    ]
    requests = [({**VALUES, **changes}, channels) for _, changes, channels in cases]
    for (expected, *_), message in zip(cases, mistakes("image-classification", requests, tmp_path), strict=True):
        assert expected in message


def encoded(content):
    return base64.b64encode(content).decode()
