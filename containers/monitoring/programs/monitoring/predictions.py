"""What a model's answers mean in a task: classes, and scores where it gives them.

Note: a binary model may answer with a probability or with a class, and classes may be numbers too. Numbers from 0 to 1
are probabilities, unless all of them are names of classes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from monitoring.reading.values import category, number

POSITIVE = ("1", "true", "yes")
"""Names of the positive class, where the baseline does not know two classes."""
CUT = 0.5


def names(values: pd.Series) -> pd.Series:
    """Classes by name, so that 1, 1.0 and "1" are one."""
    return values.map(category)


def positive_class(classes: Sequence[str], labels: pd.Series) -> str:
    """The second of two classes, in scikit-learn's order; without a baseline's, one that is called 1, true or yes."""
    class_names = list(classes) if len(classes) == 2 else sorted(names(labels).dropna().unique())
    if len(class_names) == 2:
        return class_names[1]
    return next((name for name in class_names if name.lower() in POSITIVE), POSITIVE[0])


def scores(predictions: pd.Series, classes: Sequence[str]) -> pd.Series | None:
    """The predictions as probabilities of the positive class; None where they are classes."""
    if predictions.empty or (len(classes) == 2 and set(names(predictions)) <= set(classes)):
        return None
    numbers = predictions.map(number)
    if numbers.isna().any() or not numbers.between(0, 1).all():
        return None
    if len(classes) != 2 and set(numbers) <= {0.0, 1.0}:
        return None
    return numbers.astype(float)


def positives(predictions: pd.Series, classes: Sequence[str], positive: str) -> np.ndarray:
    """Whether each record is predicted to be of the positive class."""
    probabilities = scores(predictions, classes)
    if probabilities is not None:
        return (probabilities >= CUT).to_numpy()
    return (names(predictions) == positive).to_numpy()
