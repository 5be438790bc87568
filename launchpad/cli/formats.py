"""Formats of rows, by the file's ending: what is sent to an endpoint, and what a channel was declared to hold."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from launchpad.messages.errors import LaunchpadError, shown

if TYPE_CHECKING:
    from launchpad.workload import Workload

CONTENT_TYPES = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".jsonl": "application/jsonlines",
    ".libsvm": "text/libsvm",
    ".npy": "application/x-npy",
    ".npz": "application/x-npz",
    ".parquet": "application/x-parquet",
    ".png": "application/x-image",
    ".txt": "text/plain",
}
"""SageMaker's names of content types ("Common Data Formats for Inference", developer guide)."""
_ARRAYS = ("application/json", "application/x-npy", "application/x-npz", "text/csv")
DEFAULT_HANDLERS = {
    "sklearn": _ARRAYS,
    "pytorch": _ARRAYS,
    "tensorflow": ("application/json", "application/jsonlines", "text/csv"),
    "xgboost": ("text/csv", "text/libsvm", "text/x-libsvm", "application/x-recordio-protobuf"),
}
"""What the default handlers of AWS's images decode: `sagemaker_inference.decoder`, TensorFlow's `python_service`, and
`encoder` of the XGBoost image."""
_READERS = ("input_fn", "transform_fn", "input_handler", "handler")
"""Functions of a serving script that read the request themselves."""


def content_type_of(path: Path) -> str:
    """The content type for a file's ending; CSV for standard input (`-`) and a file without an ending.

    Raises:
        LaunchpadError: the ending is unknown; lists the known ones.
    """
    ending = path.suffix.lower()
    if ending and ending not in CONTENT_TYPES:
        raise LaunchpadError(
            f"{shown(path)}: no content type is known for {ending}; name it with --content-type, or convert the file"
            f" to one of {', '.join(CONTENT_TYPES)}"
        )
    return CONTENT_TYPES.get(ending, "text/csv")


def check_default_handler(workload: Workload, folder: Path, content_type: str) -> None:
    """Refuse a content type that the image's default handler can't decode, where the script has no reader.

    Raises:
        LaunchpadError: the endpoint would answer 415; lists what it takes.
    """
    if workload.serving is None:
        return
    image = workload.serving.image or workload.image
    accepted = DEFAULT_HANDLERS.get(image.framework or "")
    script = workload.serving.entry_point and folder / workload.serving.source_dir / workload.serving.entry_point
    media = content_type.partition(";")[0].strip().lower()
    if not accepted or media in accepted or (script and _reads_requests(script)):
        return
    raise LaunchpadError(
        f"the default handler of {image.framework} doesn't read {media}, and the serving script has no"
        f" {_READERS[0 if image.framework != 'tensorflow' else 2]}; send one of {', '.join(accepted)}"
    )


def _reads_requests(script: Path) -> bool:
    """Whether the script names a function that reads requests; true if it can't be read."""
    try:
        text = script.read_text("utf-8")
    except (OSError, ValueError):
        return True
    return any(name in text for name in _READERS)


def mismatches(workload: Workload, paths: Iterable[tuple[str, Path]]) -> list[str]:
    """The files whose ending contradicts the `content_type` of their channel, one sentence per channel."""
    channels = workload.training.channels if workload.training else {}
    sentences: dict[str, str] = {}
    for name, path in paths:
        declared = channels[name].content_type if name in channels else None
        actual = CONTENT_TYPES.get(path.suffix.lower())
        if declared and actual and declared.partition(";")[0].strip() in set(CONTENT_TYPES.values()) - {actual}:
            sentences.setdefault(
                name,
                f"{name}/{path.name} looks like {actual}, but channel {name!r} has content_type {declared}; an"
                " algorithm trusts the latter, so correct one of them",
            )
    return list(sentences.values())
