"""One x a line, one y a line."""

import json
from pathlib import Path


def model_fn(model_dir):
    line = json.loads(Path(model_dir, "line.json").read_text())
    if line["mood"] == "mute":
        raise ValueError("this line does not answer")
    return line


def input_fn(body, content_type):
    text = body.decode() if isinstance(body, bytes) else body
    return [float(x) for x in text.split()]


def predict_fn(rows, model):
    return [model["slope"] * x + model["bias"] for x in rows]


def output_fn(predictions, accept):
    return "".join(f"{y:.3f}\n" for y in predictions), accept
