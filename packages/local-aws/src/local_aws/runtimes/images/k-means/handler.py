"""Answers of SageMaker's k-means: the closest cluster of each vector, and its distance."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from sagemaker_inference import errors
from sagemaker_inference.default_inference_handler import DefaultInferenceHandler

from local_aws.runtimes.inside.algorithms import ndarrays, tables


class KMeansHandler(DefaultInferenceHandler):
    """Vectors in, clusters out. A model is one file of MXNet's arrays, whatever its name: the centers."""

    def default_model_fn(self, model_dir: str, context: Any = None) -> Any:  # noqa: ARG002
        """Load the centers, also those of a model that AWS's k-means, or `mx.nd.save`, has written."""
        files = [path for path in Path(model_dir).iterdir() if path.is_file()]
        if len(files) != 1:
            raise ValueError(f"The model must be one file, such as model_algo-1; found {len(files)}")
        arrays = ndarrays.load(files[0].read_bytes())
        if len(arrays) != 1 or arrays[0].ndim != 2:
            raise ValueError("The model must have one array: a row per center")
        self._features = arrays[0].shape[1]
        return arrays[0]

    def default_input_fn(self, input_data: Any, content_type: str, context: Any = None) -> Any:  # noqa: ARG002
        """Decode vectors. Raises `ValueError` in AWS's words for a body that can't be read."""
        return tables.vectors_of_request(input_data, content_type, self._features, errors.UnsupportedFormatError)

    def default_predict_fn(self, data: Any, model: Any, context: Any = None) -> Any:  # noqa: ARG002
        """The Euclidean distance of each vector to its closest center."""
        distances = np.sqrt(((data[:, None] - model[None]) ** 2).sum(axis=2))
        closest = distances.argmin(axis=1)
        return [
            {"closest_cluster": float(cluster), "distance_to_cluster": float(row[cluster])}
            for cluster, row in zip(closest, distances, strict=True)
        ]

    def default_output_fn(self, prediction: Any, accept: str, context: Any = None) -> Any:  # noqa: ARG002
        """JSON, JSON Lines, RecordIO-protobuf or CSV."""
        encoded = tables.encode(prediction, accept, csv=True)
        if encoded is None:
            raise errors.UnsupportedFormatError(accept)
        return encoded
