"""The rows of the matrix: the images that serve, what each is asked, and the modes that it is not allowed.

A folder of `containers/` has its row by its contract. `test_rows` fails for an image of the local AWS, or of the image
lock, that has none.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field

from launchpad import paths
from launchpad.images import image_lock
from launchpad.images.containers import DOCKERFILE, FILE, container_names
from local_aws.runtimes.images import Image, find_image, load_images
from tests.containers.case import registry_uri
from tests.containers.contract import load_contract
from tests.modes import programs
from tests.modes.models import Maker, by_contract, by_hand, by_jobs, by_program

REAL_TIME, STREAMS, SERVERLESS, ASYNCHRONOUS = "real time", "streams", "serverless", "asynchronous"
SERIES, SHARED = "series", "shared"
MODES = (REAL_TIME, STREAMS, SERVERLESS, ASYNCHRONOUS, SERIES, SHARED)
"""The names in docs/serving.md, without variants, shadows and releases: an image serves in them as in real time."""
LABELS = {SERIES: "accept-bind-to-port", SHARED: "multi-models"}
"""The label `com.amazonaws.sagemaker.capabilities.NAME=true` without which AWS refuses an image in a mode: its NAME."""
IMAGES = paths.ROOT / "tests" / "modes" / "images"
INSTANCE_TYPE, REGION = "ml.m5.large", "us-east-1"


@dataclass(frozen=True)
class Question:
    """A request, and the numbers of its answer by each model of the row."""

    body: bytes
    answers: tuple[list[float], ...]
    content_type: str = "text/csv"
    accept: str | None = None
    within: float = 1e-4

    @property
    def members(self) -> dict[str, str]:
        """The members of InvokeEndpoint that describe the body."""
        return {"ContentType": self.content_type, **({"Accept": self.accept} if self.accept else {})}


@dataclass(frozen=True)
class Row:
    """One image as it is deployed."""

    name: str
    uri: str
    make: Maker | None = None
    """Makes its models; None for an image without a model server."""
    question: Question | None = None
    unlabelled: frozenset[str] = frozenset()
    """The modes that AWS refuses, because the image has no label for them."""
    variables: dict[str, str] = field(default_factory=dict)
    parts: Question | None = None
    """What a model that streams answers part by part; None for an image whose server can't."""

    @property
    def serves(self) -> bool:
        return self.make is not None


def find(uri: str) -> Image:
    """The folder that runs an image."""
    return find_image(uri, load_images() + load_images(paths.CONTAINERS) + load_images(IMAGES)).image


def _picture() -> bytes:
    """A PNG of 16 times 16 black pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 16, 16, 8, 2, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress((b"\0" + bytes(3 * 16)) * 16))
    return b"\x89PNG\r\n\x1a\n" + head + pixels + chunk(b"IEND", b"")


def _aws(name: str) -> str:
    return image_lock.resolve(name, None, "inference", INSTANCE_TYPE, REGION)


def _line(offset: float) -> str:
    """A table whose first column is 2 a + 3 b + offset."""
    pairs = [(a / 4 - 2, b / 4 - 2) for a in range(16) for b in range(16)]
    return "".join(f"{2 * a + 3 * b + offset},{a},{b}\n" for a, b in pairs)


SCRIPT = {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"}
TWO_ROWS = b"1.0,1.0\n0.0,2.0\n"
FRAMEWORKS = (
    Row(
        "scikit-learn",
        _aws("sklearn"),
        by_program(programs.SCIKIT_LEARN),
        Question(TWO_ROWS, ([5, 6], [6, 7]), accept="application/json"),
        variables=SCRIPT,
    ),
    Row(
        "XGBoost, its algorithm",
        _aws("xgboost"),
        by_program(programs.XGBOOST),
        Question(b"0\n1", ([3, 7], [4, 8]), accept="text/csv"),
    ),
    Row(
        "XGBoost, a script",
        _aws("xgboost"),
        by_program(programs.XGBOOST, programs.XGBOOST_SCRIPT),
        Question(b"0\n1", ([13, 17], [14, 18]), accept="text/csv"),
        variables=SCRIPT,
    ),
    Row(
        "PyTorch",
        _aws("pytorch"),
        by_program(programs.PYTORCH),
        Question(TWO_ROWS, ([5, 6], [6, 7])),
        parts=Question(TWO_ROWS, ([5, 6],), accept="text/plain"),
    ),
    Row(
        "Hugging Face",
        _aws("huggingface"),
        by_program(programs.HUGGINGFACE),
        Question(b'{"inputs": ["good"]}', ([0.75], [0.8]), content_type="application/json"),
    ),
    Row(
        "TensorFlow",
        _aws("tensorflow"),
        by_program(programs.TENSORFLOW),
        Question(b'{"instances": [[1, 2], [3, 4]]}', ([6, 14], [9, 21]), content_type="application/json"),
    ),
)
ALGORITHMS = (
    Row(
        "Linear Learner",
        _aws("linear-learner"),
        by_jobs({"predictor_type": "regressor", "mini_batch_size": "16"}, _line(0), _line(20)),
        Question(TWO_ROWS, ([5, 6], [25, 26]), within=1),
    ),
    Row(
        "K-Means",
        _aws("kmeans"),
        by_jobs({"k": "1", "feature_dim": "2"}, "".join(f"{x},{y}\n" for x in (9, 11) for y in (-1, 1)) * 25),
        Question(b"13,4\n", ([0, 5],), accept="text/csv", within=0.2),
        frozenset({SHARED}),
    ),
    Row(
        "Image Classification",
        _aws("image-classification"),
        by_program(programs.IMAGE_CLASSIFICATION),
        Question(_picture(), ([0.25, 0.75],), content_type="application/x-image"),
        frozenset({SHARED}),
    ),
)


def _container(name: str) -> Row:
    """A row of what the contract and the Dockerfile of a folder of `containers/` say."""
    folder, uri = paths.CONTAINERS / name, registry_uri(name)
    labels = (folder / DOCKERFILE).read_text("utf-8")
    if (folder / FILE).is_file():  # it may have the labels of its base, one of AWS's images
        labels += " ".join(f"capabilities.{label}=true" for label in find(uri).labels_of(uri))
    unlabelled = frozenset(mode for mode, label in LABELS.items() if f"capabilities.{label}=true" not in labels)
    serving = load_contract(folder).serve
    if serving is None:
        return Row(f"containers/{name}", uri, unlabelled=unlabelled)
    request = serving.requests[0]
    question = Question(
        request.body.encode(), (request.answer,), request.content_type, request.accept, max(request.within, 1e-4)
    )
    return Row(f"containers/{name}", uri, by_contract, question, unlabelled, {"SAGEMAKER_MODEL_SERVER_WORKERS": "1"})


OWN = Row(
    "your own, without a label",
    "123456789012.dkr.ecr.us-east-1.amazonaws.com/modes/plain-server:1",
    by_hand,
    Question(b"1\n2\n", ([6, 7],)),
    frozenset({SERIES, SHARED}),
    parts=Question(b"1\n2\n", ([6, 7],), accept="text/plain"),
)
ROWS = (*FRAMEWORKS, *ALGORITHMS, *map(_container, container_names()), OWN)
UNWRAPPER = "123456789012.dkr.ecr.us-east-1.amazonaws.com/modes/unwrapper:1"
"""An own image that passes on what follows "wrapped:", the first container of each series."""
