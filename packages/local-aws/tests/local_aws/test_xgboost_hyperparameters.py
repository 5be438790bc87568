"""The built-in XGBoost algorithm takes and refuses the hyperparameters that AWS's container does."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.local_aws.launcher import ROOT

FOLDER = ROOT / "packages/local-aws/src/local_aws/runtimes/images/xgboost"
READ = """
import json, sys, types
metrics = types.ModuleType("metrics")
metrics.OWN_METRICS = ("accuracy", "f1")
sys.modules["metrics"] = metrics
from hyperparameters import HyperparameterError, read_hyperparameters
for line in sys.stdin:
    try:
        print(json.dumps(read_hyperparameters({"num_round": "2", "objective": "binary:logistic", **json.loads(line)})))
    except HyperparameterError as error:
        print(json.dumps(str(error)))
"""
TAKEN = [
    *[
        ("learning_rate", "0.2"),
        ("min_split_loss", "1"),
        ("reg_lambda", "1"),
        ("reg_alpha", "1"),
        ("predictor", "auto"),
    ],
    *[("deterministic_histogram", "true"), ("sketch_eps", "0.03"), ("dsplit", "row"), ("sampling_method", "uniform")],
    *[("aft_loss_distribution", "normal"), ("aft_loss_distribution_scale", "1.2"), ("gamma", ".5"), ("gamma", "1.")],
    *[("gamma", "+1"), ("gamma", "1E-2"), ("max_depth", "007"), ("eval_metric", "error@0.3"), ("seed", "-5")],
    *[("eval_metric", "ndcg@5,map"), ("prob_buffer_row", "2"), ("scale_pos_weight", "1e2")],
]
REFUSED = [
    *[("subsample", "0"), ("colsample_bytree", "0"), ("tweedie_variance_power", "1"), ("tweedie_variance_power", "2")],
    *[("monotone_constraints", "(1,0,0,-1)"), ("interaction_constraints", "[[0,1]]"), ("num_parallel_tree", "0")],
    *[("eta", '"0.2"'), ("gamma", "true"), ("gamma", "inf"), ("gamma", "nan"), ("gamma", "1_0")],
    *[("eval_metric", "auc@0.5"), ("eval_metric", "rmse@3"), ("eval_metric", "ndcg@5-"), ("scale_pos_weight", "0")],
]


@pytest.fixture(scope="module")
def read():
    def read_one(name: str, text: str, **more: str):
        line = json.dumps({name: text, **more})
        run = subprocess.run(
            [sys.executable, "-c", READ], input=line, cwd=FOLDER, text=True, capture_output=True, check=True
        )
        return json.loads(run.stdout)

    return read_one


@pytest.mark.parametrize(("name", "text"), TAKEN)
def test_what_the_container_takes_is_taken(read, name, text):
    assert isinstance(read(name, text), dict)


@pytest.mark.parametrize(("name", "text"), REFUSED)
def test_what_the_container_refuses_is_refused(read, name, text):
    message = read(name, text)
    assert isinstance(message, str)
    assert name in message


def test_constraints_work_with_the_tree_methods_that_have_them(read):
    assert "interaction_constraints" in read("interaction_constraints", "[[0, 1], [2, 3]]", tree_method="hist")
    assert "monotone_constraints" in read("monotone_constraints", "(1,0,0,-1)", tree_method="exact")
    assert "exact, hist" in read("monotone_constraints", "(1,0)", tree_method="approx")


def test_an_alias_sets_the_hyperparameter_that_it_stands_for(read):
    assert read("learning_rate", "0.2")["eta"] == 0.2
    assert read("reg_lambda", "3")["lambda"] == 3.0
