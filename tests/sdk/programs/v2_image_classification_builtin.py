"""The built-in image classification on image files with a list, and an endpoint that takes a picture."""

import json
import os
import struct
import zlib

import boto3
import sagemaker
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.serializers import IdentitySerializer

bucket, role = os.environ["BUCKET"], os.environ["ROLE"]
session = sagemaker.Session(default_bucket=bucket)


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(red, blue, size=16):
    """A picture of one color."""
    lines = b"".join(b"\0" + bytes([red, 0, blue]) * size for _ in range(size))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


s3, lines = boto3.client("s3"), []
for number in range(16):
    label = number % 2
    shade = 200 + 3 * number
    s3.put_object(Bucket=bucket, Key=f"pictures/{number}.png", Body=png(*((shade, 0) if label else (0, shade))))
    lines.append(f"{number}\t{label}\t{number}.png\n")
s3.put_object(Bucket=bucket, Key="list/pictures.lst", Body="".join(lines).encode())

image = sagemaker.image_uris.retrieve("image-classification", session.boto_region_name)
estimator = Estimator(image, role, 1, "ml.p3.2xlarge", output_path=f"s3://{bucket}/ic", sagemaker_session=session)
estimator.set_hyperparameters(
    num_layers=20,
    image_shape="3,16,16",
    num_classes=2,
    num_training_samples=16,
    mini_batch_size=8,
    epochs=6,
    learning_rate=0.01,
)
folders = {"train": "pictures", "validation": "pictures", "train_lst": "list", "validation_lst": "list"}
estimator.fit(
    {
        name: TrainingInput(f"s3://{bucket}/{folder}/", content_type="application/x-image")
        for name, folder in folders.items()
    }
)
predictor = estimator.deploy(1, "ml.m5.large", serializer=IdentitySerializer("application/x-image"))
probabilities = json.loads(predictor.predict(png(230, 0)))
assert probabilities[1] > 0.5, probabilities
predictor.delete_endpoint()
