"""Tell on which side of the split members stand: node numbers in, a class for each out.

A graph network predicts all nodes at once, so this is done when the model is loaded; a request only looks them up.
"""

import json
from http import HTTPStatus
from pathlib import Path

import torch
from network import EDGES, MODEL, GraphNetwork, read_edges
from sagemaker_inference.errors import GenericInferenceToolkitError

JSON, CSV = "application/json", "text/csv"


def model_fn(model_dir: str) -> list[int]:
    """Load weights and graph, and return the class of every node."""
    weights = torch.load(Path(model_dir) / MODEL, weights_only=True)
    node_count = len(weights["embedding"])
    network = GraphNetwork(node_count)
    network.load_state_dict(weights)
    with torch.no_grad():
        return network.eval()(read_edges(Path(model_dir) / EDGES, node_count)).argmax(dim=1).tolist()


def input_fn(body: str | bytes, content_type: str) -> list[object]:
    """Read node numbers: one per line of CSV, or a JSON list; 415 for another content type, 400 for another body."""
    text = body if isinstance(body, str) else body.decode()
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type == CSV:
        return text.split()
    if media_type != JSON:
        raise refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"content type {content_type!r} is neither {JSON} nor {CSV}")
    try:
        nodes = json.loads(text)
    except ValueError as problem:
        raise refuse(HTTPStatus.BAD_REQUEST, f"the body is not {JSON}: {problem}") from None
    if not isinstance(nodes, list):
        raise refuse(HTTPStatus.BAD_REQUEST, "write a list of node numbers, such as [0, 33]")
    return nodes


def predict_fn(nodes: list[object], classes: list[int]) -> list[int]:
    """Look the nodes up; 400 for what is no node."""
    if not nodes:
        raise refuse(HTTPStatus.BAD_REQUEST, "the body names no node")
    for node in nodes:
        if not str(node).isdecimal() or int(str(node)) >= len(classes):
            raise refuse(HTTPStatus.BAD_REQUEST, f"{node!r} is no node; the graph has 0 to {len(classes) - 1}")
    return [classes[int(str(node))] for node in nodes]


def refuse(status: HTTPStatus, message: str) -> GenericInferenceToolkitError:
    """Make the error that the toolkit answers with this status; any other exception would be a 500."""
    return GenericInferenceToolkitError(status.value, message, phrase=status.phrase)
