"""Tell whether texts are positive or negative: JSON `{"text": "..."}`, or a list of texts, in; a list of words out."""

import json
from http import HTTPStatus
from typing import Any

import torch
from sagemaker_inference.errors import GenericInferenceToolkitError
from transformers import AutoModelForSequenceClassification, AutoTokenizer

JSON = "application/json"
CLASSES = ("negative", "positive")


def model_fn(model_dir: str) -> tuple[Any, Any]:
    """Load tokenizer and model from the artifact alone: nothing is fetched from the hub."""
    tokenizer = AutoTokenizer.from_pretrained(model_dir)
    return tokenizer, AutoModelForSequenceClassification.from_pretrained(model_dir).eval()


def input_fn(body: str | bytes, content_type: str) -> list[str]:
    """Read the texts; 415 for another content type, 400 for a body that has none."""
    if content_type.partition(";")[0].strip().lower() != JSON:
        raise refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"content type {content_type!r} is not {JSON}")
    try:
        document = json.loads(body)
    except ValueError as problem:
        raise refuse(HTTPStatus.BAD_REQUEST, f"the body is not {JSON}: {problem}") from None
    texts = document.get("text") if isinstance(document, dict) else document
    texts = [texts] if isinstance(texts, str) else texts
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
        raise refuse(HTTPStatus.BAD_REQUEST, 'write {"text": "..."}, or a list of texts')
    return texts


def predict_fn(texts: list[str], model: tuple[Any, Any]) -> list[str]:
    """Return "positive" or "negative" for each text."""
    tokenizer, network = model
    with torch.no_grad():
        scores = network(**tokenizer(texts, truncation=True, padding=True, return_tensors="pt")).logits
    return [CLASSES[number] for number in scores.argmax(dim=1).tolist()]


def output_fn(words: list[str], accept: str) -> tuple[str, str]:
    """Answer with JSON, whatever else the client would accept; 406 if it accepts no JSON."""
    accepted = [part.partition(";")[0].strip().lower() for part in accept.split(",")]
    if not {JSON, "application/*", "*/*"} & set(accepted):
        raise refuse(HTTPStatus.NOT_ACCEPTABLE, f"this endpoint answers {JSON}, not {accept}")
    return json.dumps(words), JSON


def refuse(status: HTTPStatus, message: str) -> GenericInferenceToolkitError:
    """Make the error that the toolkit answers with this status; any other exception would be a 500."""
    return GenericInferenceToolkitError(status.value, message, phrase=status.phrase)
