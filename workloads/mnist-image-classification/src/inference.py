"""Serve the model as the built-in algorithm does: an image in, a probability for each class out.

The content type is `application/x-image`, for PNG and JPEG alike; the answer is a JSON list whose largest number is at
the place of the predicted class.
"""

import io
from http import HTTPStatus
from pathlib import Path

import torch
from images import Shape, read_image
from network import ResidualNetwork
from sagemaker_inference.errors import GenericInferenceToolkitError
from state import FIXED, MODEL

IMAGE_TYPES = ("application/x-image", "image/png", "image/jpeg")

Classifier = tuple[ResidualNetwork, Shape]


def model_fn(model_dir: str) -> Classifier:
    """Make the network that was trained, and load its weights."""
    state = torch.load(Path(model_dir) / MODEL, weights_only=True)
    network = ResidualNetwork(*(state[name] for name in FIXED))
    network.load_state_dict(state["weights"])
    return network.eval(), tuple(state["image_shape"])


def input_fn(body: bytes | str, content_type: str) -> bytes:
    """Take the body as it is; 415 for what is no image."""
    if content_type.partition(";")[0].strip().lower() not in IMAGE_TYPES or isinstance(body, str):
        message = f"content type {content_type!r} is not one of {', '.join(IMAGE_TYPES)}"
        raise refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, message)
    return body


def predict_fn(body: bytes, classifier: Classifier) -> list[float]:
    """Return the probability of each class; 400 if the body is no image of the right size."""
    network, shape = classifier
    try:
        image = read_image(io.BytesIO(body), shape)
    except (OSError, ValueError) as problem:
        raise refuse(HTTPStatus.BAD_REQUEST, f"the body is no image that fits: {problem}") from None
    with torch.no_grad():
        return network(image[None]).softmax(dim=1)[0].tolist()


def refuse(status: HTTPStatus, message: str) -> GenericInferenceToolkitError:
    """Make the error that the toolkit answers with this status; any other exception would be a 500."""
    return GenericInferenceToolkitError(status.value, message, phrase=status.phrase)
