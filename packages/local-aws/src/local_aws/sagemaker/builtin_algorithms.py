"""AWS's built-in algorithms: what a request may not do with them, and those that can't run here, refused when named.

Sources: "Docker Registry Paths and Example Code" in the developer guide. XGBoost's algorithm is a mode of its image.
"""

from __future__ import annotations

from typing import Any

from local_aws.api.errors import not_implemented, validation_error
from local_aws.context import Context
from local_aws.sagemaker.builtin_metrics import EXPRESSIONS, algorithm_of

PROCESS = "process"
"""The runtime without Docker. With Docker, an image is what its registry has."""
TABLES = "the XGBoost image, or scikit-learn in script mode"
INSTEAD = {
    "blazingtext": "PyTorch in script mode",
    "factorization-machines": "PyTorch in script mode",
    "forecasting-deepar": "PyTorch in script mode",
    "ipinsights": "PyTorch in script mode",
    "knn": "scikit-learn's KNeighborsClassifier or KNeighborsRegressor in script mode",
    "lda": "scikit-learn's LatentDirichletAllocation in script mode",
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
"""What runs here, by the repository of the algorithm's image."""
TRAINED_ON = {"image-classification": ("ml.p2.", "ml.p3.", "ml.g4dn.", "ml.g5.")}
"""The instance families of algorithms that the developer guide says train on no others."""


def check_algorithm(context: Context, image: str | None) -> None:
    """Raise NotImplementedException for the image of a built-in algorithm that can't run here."""
    repository = algorithm_of(image)
    if repository not in INSTEAD or context.settings.runtime != PROCESS:
        return
    if context.runtime.labels(str(image)) is None:  # no folder of --images has it either
        raise not_implemented(f"the built-in algorithm {repository}: use {INSTEAD[repository]}")


def check_algorithm_request(context: Context, request: dict[str, Any]) -> None:
    """Raise `AwsError` for a training request that names a built-in algorithm and can't be run as requested."""
    image = request["AlgorithmSpecification"].get("TrainingImage")
    check_algorithm(context, image)
    if algorithm_of(image) not in EXPRESSIONS:
        return
    resources = request.get("ResourceConfig", {})
    _check_instances(algorithm_of(image), resources)
    count = sum(group["InstanceCount"] for group in resources.get("InstanceGroups", ())) or resources.get(
        "InstanceCount"
    )
    if (count or 1) > 1 and context.settings.runtime == PROCESS:
        raise not_implemented(
            f"the built-in algorithm {algorithm_of(image)} on several instances: set InstanceCount to 1"
        )


def _check_instances(repository: str, resources: dict[str, Any]) -> None:
    groups = resources.get("InstanceGroups") or [resources]
    kinds = [str(group.get("InstanceType")) for group in groups]
    wrong = [kind for kind in kinds if not kind.startswith(TRAINED_ON.get(repository, ""))]
    if wrong:
        families = ", ".join(TRAINED_ON[repository])
        raise validation_error(
            f"The algorithm {repository} can't be trained on {wrong[0]}: it supports GPU instances ({families}) only."
        )
