"""AWS's built-in algorithms whose images hold programs that only AWS has: refused when they are first named.

Source: "Docker Registry Paths and Example Code" in the developer guide. XGBoost's algorithm is there, as an image.
"""

from __future__ import annotations

from local_aws.api.errors import not_implemented
from local_aws.context import Context

PROCESS = "process"
"""The runtime without Docker. With Docker, an image is what its registry has."""
TABLES = "the XGBoost image, or scikit-learn in script mode"
INSTEAD = {
    "blazingtext": "PyTorch in script mode",
    "factorization-machines": "PyTorch in script mode",
    "forecasting-deepar": "PyTorch in script mode",
    "image-classification": "PyTorch in script mode",
    "ipinsights": "PyTorch in script mode",
    "kmeans": "scikit-learn's KMeans in script mode",
    "knn": "scikit-learn's KNeighborsClassifier or KNeighborsRegressor in script mode",
    "lda": "scikit-learn's LatentDirichletAllocation in script mode",
    "linear-learner": "scikit-learn's linear models in script mode",
    "ntm": "PyTorch in script mode",
    "object-detection": "PyTorch in script mode",
    "object2vec": "PyTorch in script mode",
    "pca": "scikit-learn's PCA in script mode",
    "randomcutforest": "scikit-learn's IsolationForest in script mode",
    "semantic-segmentation": "PyTorch in script mode",
    "seq2seq": "PyTorch in script mode",
    "autogluon-training": TABLES,
    "autogluon-inference": TABLES,
}
"""By the repository of the algorithm's image: what runs here."""


def check_algorithm(context: Context, image: str | None) -> None:
    """Raise NotImplementedException for the image of a built-in algorithm that can't run here."""
    repository = (image or "").rpartition("/")[2].partition(":")[0].partition("@")[0]
    if repository not in INSTEAD or context.settings.runtime != PROCESS:
        return
    if context.runtime.labels(str(image)) is None:  # no folder of --images has it either
        raise not_implemented(f"the built-in algorithm {repository}: use {INSTEAD[repository]}")
