"""Serves the model of sklearn_line for rows of text, also those with a single column."""

import io

import numpy
from sklearn_line import model_fn

__all__ = ["input_fn", "model_fn"]


def input_fn(body, content_type):
    assert content_type == "text/csv", content_type
    text = body.decode() if isinstance(body, bytes) else body
    return numpy.loadtxt(io.StringIO(text), delimiter=",", ndmin=2)
