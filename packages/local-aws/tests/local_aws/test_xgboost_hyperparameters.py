"""The built-in XGBoost algorithm takes and refuses the hyperparameters that AWS's container does."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.local_aws.launcher import ROOT

FOLDER = ROOT / "packages/local-aws/src/local_aws/runtimes/images/xgboost"
MODULES = FOLDER.parent / "modules"
READ = """
import json, sys, types
sys.modules["sagemaker_training"] = types.ModuleType("sagemaker_training")
sys.modules["sagemaker_containers"] = containers = types.ModuleType("sagemaker_containers")
containers.__path__ = [sys.argv[1] + "/sagemaker_containers"]
sys.path.insert(0, sys.argv[1])
from hyperparameters import UserError, read_hyperparameters
for line in sys.stdin:
    try:
        print(json.dumps(read_hyperparameters({"num_round": "2", "objective": "binary:logistic", **json.loads(line)})))
    except UserError as error:
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
    *[("updater", "grow_colmaker,prune"), ("base_score", "2"), ("seed", "2147483646")],
    *[("eval_metric", "ndcg@5,map"), ("prob_buffer_row", "2"), ("scale_pos_weight", "1e2")],
]
REFUSED = [
    *[("subsample", "0"), ("colsample_bytree", "0"), ("tweedie_variance_power", "1"), ("tweedie_variance_power", "2")],
    *[("monotone_constraints", "(1,0,0,-1)"), ("interaction_constraints", "[[0,1]]"), ("num_parallel_tree", "0")],
    *[("eta", '"0.2"'), ("gamma", "true"), ("gamma", "inf"), ("gamma", "nan"), ("num_round", "5.0")],
    *[("seed", "2147483647"), ("prob_buffer_row", "1"), ("sketch_eps", "1"), ("updater", "grow_colmaker,distcol")],
    *[("predictor", "cpu"), ("dsplit", "rows"), ("deterministic_histogram", "yes"), ("objective", "reg:best")],
    *[("eval_metric", "auc@0.5"), ("eval_metric", "rmse@3"), ("eval_metric", "ndcg@5-"), ("scale_pos_weight", "0")],
]


@pytest.fixture(scope="module")
def read():
    command = [sys.executable, "-uc", READ, MODULES]
    with subprocess.Popen(command, cwd=FOLDER, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as reader:

        def read_one(name: str, text: str, **more: str):
            print(json.dumps({name: text, **more}), file=reader.stdin, flush=True)
            return json.loads(reader.stdout.readline())

        yield read_one


@pytest.mark.parametrize(("name", "text"), TAKEN)
def test_what_the_container_takes_is_taken(read, name, text):
    assert isinstance(read(name, text), dict)


@pytest.mark.parametrize(("name", "text"), REFUSED)
def test_what_the_container_refuses_is_refused(read, name, text):
    assert isinstance(read(name, text), str)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("num_round", "none", "Hyperparameter num_round: could not parse value (caused by ValueError)"),
        ("subsample", "0", "Hyperparameter subsample: 0.0 is not in (0, 1]"),
        ("booster", "tree", "Hyperparameter booster: tree is not in ['gbtree', 'gblinear', 'dart']"),
        ("max_dept", "3", "Extraneous hyperparameter found: max_dept"),
        ("objective", "multi:softmax", "Require input for parameter 'num_class' for multi-classification"),
        ("eval_metric", "error@x", "Threshold value 't' in 'error@t' expects float input."),
        ("eval_metric", "aft-nloglik", "Metric 'aft-nloglik' can only be applied for 'survival:aft' objective."),
        (
            "_tuning_objective_metric",
            "train:auc",
            "Hyperparameter _tuning_objective_metric: train:auc is not in ['validation:accuracy', 'validation:auc',",
        ),
    ],
)
def test_a_refusal_has_the_containers_words(read, name, text, message):
    assert read(name, text).startswith(message)


def test_auc_is_for_classes_and_ranks_alone(read):
    expected = "Metric 'auc' can only be applied for classification and ranking problems."
    assert read("eval_metric", "auc", objective="reg:squarederror") == expected


def test_constraints_work_with_the_tree_methods_that_have_them(read):
    assert "interaction_constraints" in read("interaction_constraints", "[[1, 2], [3, 4]]", tree_method="hist")
    assert "monotone_constraints" in read("monotone_constraints", "(1,0,0,-1)", tree_method="exact")
    assert "either 'exact' or 'hist'." in read("monotone_constraints", "(1,0)", tree_method="approx")


def test_interaction_constraints_count_features_from_one(read):
    message = read("interaction_constraints", "[[0, 1], [2, 3]]", tree_method="hist")
    assert message.endswith("value [[0, 1], [2, 3]] not in range [1, +inf)")


def test_an_alias_sets_the_hyperparameter_that_it_stands_for(read):
    assert read("learning_rate", "0.2")["eta"] == 0.2
    assert read("reg_lambda", "3")["lambda"] == 3.0
