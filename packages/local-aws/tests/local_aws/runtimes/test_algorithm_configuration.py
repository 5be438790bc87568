"""Hyperparameters of built-in algorithms are accepted and refused as AWS's containers do, in their words."""

from __future__ import annotations

import pytest

from local_aws.runtimes.inside.algorithms.configuration import choice, read, real, truth, whole
from local_aws.runtimes.inside.algorithms.errors import CustomerError

SCHEMA = {
    "k": whole(None),
    "feature_dim": whole(None),
    "factor": whole("auto", auto=True),
    "rate": real("0.5", 0, 1, excluded=(1,)),
    "init_method": choice("random", "random", "kmeans++"),
    "use_bias": truth("true"),
    "normalize": truth("auto", auto=True),
}
EXPECTED = {
    None: "",
    "0": "a string which matches the pattern '^[-+]?[0-9]+$'; or an integer greater than 1",
    "3": "'random', 'kmeans++'",
}
"""The end of the messages, by the k of the request."""
REQUIRED = {"k": "3", "feature_dim": "2"}


def test_defaults_fill_what_is_not_given():
    values = read(SCHEMA, REQUIRED)
    assert values == {
        "k": 3,
        "feature_dim": 2,
        "factor": "auto",
        "rate": 0.5,
        "init_method": "random",
        "use_bias": True,
        "normalize": "auto",
    }


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("factor", "7", 7),
        ("rate", ".25", 0.25),
        ("rate", "1e-3", 0.001),
        ("use_bias", "False", False),
        ("normalize", "true", True),
    ],
)
def test_texts_become_values(name, text, value):
    assert read(SCHEMA, {**REQUIRED, name: text})[name] == value


def test_names_that_sagemaker_sets_are_accepted():
    read(SCHEMA, {**REQUIRED, "_tuning_objective_metric": "test:msd", "force_dense": "True"})


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({}, "No value(s) were specified for 'k', 'feature_dim' which are required hyperparameter(s)"),
        ({**REQUIRED, "kk": "1"}, "Additional hyperparameters are not allowed ('kk' was unexpected)"),
        ({**REQUIRED, "b": "1", "a": "1"}, "Additional hyperparameters are not allowed ('a', 'b' were unexpected)"),
        (
            {**REQUIRED, "init_method": "best"},
            "The value 'best' is not valid for the 'init_method' hyperparameter which accepts one of the following: {}",
        ),
        (
            {**REQUIRED, "k": "0"},
            "The value '0' is not valid for the 'k' hyperparameter which expects one of the following: {}",
        ),
    ],
)
def test_mistakes_are_reported_in_awss_words(texts, message):
    with pytest.raises(CustomerError) as refused:
        read(SCHEMA, texts)
    assert str(refused.value) == f"{message.format(EXPECTED[texts.get('k')])} (caused by ValidationError)"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *[("k", "1.5"), ("k", "auto"), ("k", ""), ("k", "1_0"), ("factor", "automatic"), ("factor", "-1")],
        *[("rate", "1"), ("rate", "-0.1"), ("rate", "nan"), ("rate", "inf"), ("rate", "0_1"), ("rate", "0.5\n")],
        *[("use_bias", "auto"), ("use_bias", "yes"), ("normalize", "1")],
    ],
)
def test_a_value_outside_of_its_range_is_refused(name, text):
    with pytest.raises(CustomerError, match=f"is not valid for the '{name}' hyperparameter"):
        read(SCHEMA, {**REQUIRED, name: text})
