"""A promoted pin serves a copy in the environment's own bucket, and must fit the configs that it comes from."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from launchpad import paths
from launchpad.catalogue.pinned_endpoints import load_pins
from launchpad.checks.validation import Folders, Validation
from launchpad.messages.errors import InvalidFileError
from launchpad.settings import load_environment
from stacks.platform import Platform, feature_flags
from tests.stacks.inspection import only, resources
from tests.stacks.test_serving_modes import workloads

__all__ = ["workloads"]  # a fixture

KEY = "boston-housing/models/dev-boston-housing-7/0123456789abcdef/model.tar.gz"
PROMOTED = {
    "from": "dev",
    "model_package": "arn:aws:sagemaker:eu-west-1:111111111111:model-package/dev-boston-housing/7",
    "artifact": f"s3://models-of-dev/{KEY}",
    "key": "arn:aws:kms:eu-west-1:111111111111:key/01234567-89ab-cdef-0123-456789abcdef",
    "sha256": "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b",
}
CHAIN = {
    "dev": 'account: "111111111111"\npromotes_to: [staging]\n',
    "staging": 'account: "222222222222"\npromotes_to: [prod]\n',
    "prod": 'account: "333333333333"\n',
}


def checkout(root: Path, environment: str, **changed: str) -> Folders:
    """A checkout with one workload, the chain of environments, and a promoted pin in one of them."""
    (root / "config").mkdir()
    for name, keys in CHAIN.items():
        (root / "config" / f"{name}.yaml").write_text(f"name: {name}\nregion: eu-west-1\n{keys}")
    lines = "".join(f"      {name}: '{text}'\n" for name, text in {**PROMOTED, **changed}.items())
    with (root / "config" / f"{environment}.yaml").open("a") as file:
        file.write(f"endpoints:\n  - workload: boston-housing\n    promoted:\n{lines}")
    (root / "containers").mkdir()
    shutil.copytree(paths.WORKLOADS / "boston-housing", root / "workloads" / "boston-housing")
    return Folders(root / "config", root / "workloads", root / "containers")


def synthesize(folders: Folders, environment: str) -> dict[str, dict[str, Any]]:
    app = cdk.App(context=feature_flags())
    Platform(app, load_environment(environment, folders.config), folders.workloads, folders.containers)
    (assembly,) = app.synth().nested_assemblies
    return {stack.hierarchical_id.rpartition("/")[2]: stack.template for stack in assembly.nested_assembly.stacks}


@pytest.fixture(scope="module")
def staging(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    return synthesize(checkout(tmp_path_factory.mktemp("promoted"), "staging"), "staging")


def test_it_serves_the_same_key_below_its_own_bucket(staging):
    url = only(staging["endpoint-boston-housing"], "AWS::SageMaker::Model")["PrimaryContainer"]["ModelDataUrl"]
    scheme, bucket, key = url["Fn::Join"][1]
    assert (scheme, key) == ("s3://", f"/{KEY}")
    assert bucket["Fn::ImportValue"].startswith("launchpad-staging-storage:ExportsOutputRefModelBucket")


def test_endpoints_read_nothing_of_the_environment_before(staging):
    endpoint = staging["endpoint-boston-housing"]
    assert not resources(endpoint, "AWS::IAM::Policy")
    assert "models-of-dev" not in json.dumps([endpoint, staging["network"]])


WRONG = {
    "an environment that doesn't promote here": (
        {"from": "prod"},
        "promoted.from: 'prod' does not promote to 'staging' (what does: dev): write `promotes_to: [staging]`",
    ),
    "a model of another workload": (
        {"artifact": PROMOTED["artifact"].replace("/boston-housing/", "/fashion-mnist/")},
        "promoted.artifact: is a model of 'fashion-mnist'; write one of 'boston-housing'",
    ),
    "a version of another workload": (
        {"model_package": PROMOTED["model_package"].replace("dev-boston-housing", "dev-fashion-mnist")},
        "promoted.model_package: is a version of group 'dev-fashion-mnist'; write one of 'dev-boston-housing'",
    ),
    "a version of another account": (
        {"model_package": PROMOTED["model_package"].replace("1" * 12, "4" * 12)},
        "promoted.model_package: must be in account 111111111111, where environment 'dev' is",
    ),
    "a key of another account": (
        {"key": PROMOTED["key"].replace("1" * 12, "4" * 12)},
        "promoted.key: must be the key of 'dev', in account 111111111111",
    ),
    "a version of another region": (
        {"model_package": PROMOTED["model_package"].replace("eu-west-1", "us-east-1")},
        "promoted.model_package: must be in eu-west-1, as the environment is",
    ),
}


@pytest.mark.parametrize(("changed", "message"), WRONG.values(), ids=WRONG)
def test_a_pin_that_can_not_be_right_is_refused(tmp_path, changed, message):
    folders = checkout(tmp_path, "staging", **changed)
    validated = [str(problem) for problem in Validation(folders).all().problems]
    assert any(message in line for line in validated), validated
    with pytest.raises(InvalidFileError) as error:
        synthesize(folders, "staging")
    assert message in str(error.value)


@pytest.mark.parametrize(("environment", "key"), [("staging", "from"), ("prod", "model_package")])
def test_a_pin_whose_way_is_gone_names_its_copy_as_the_way_out(tmp_path, environment, key):
    changed = {"from": "staging", "key": PROMOTED["key"].replace("1" * 12, "2" * 12)} if environment == "prod" else {}
    folders = checkout(tmp_path, environment, **changed)
    (folders.config / "dev.yaml").write_text('name: dev\nregion: eu-west-1\naccount: "111111111111"\n')
    (message,) = [str(problem) for problem in Validation(folders).all().problems]
    assert f"promoted.{key}: " in message
    assert f"write `model_data: s3://BUCKET/{KEY}` in place of `promoted`" in message
    assert f"the output ModelBucketName of stack launchpad-{environment}-storage" in message
    file = folders.config / f"{environment}.yaml"
    pinned = file.read_text().partition("    promoted:")[0]
    file.write_text(f"{pinned}    model_data: s3://models-of-{environment}/{KEY}\n")
    assert not Validation(folders).all().problems


def test_production_takes_what_dev_registered_from_staging(tmp_path):
    key = PROMOTED["key"].replace("1" * 12, "2" * 12)
    folders = checkout(tmp_path, "prod", **{"from": "staging", "key": key, "artifact": f"s3://models-of-staging/{KEY}"})
    assert not Validation(folders).all().problems


def test_one_model_is_pinned_in_one_way(tmp_path):
    folders = checkout(tmp_path, "staging")
    with (folders.config / "staging.yaml").open("a") as file:
        file.write(f"    model_data: {PROMOTED['artifact']}\n")
    (problem, *_) = Validation(folders).all().problems
    assert "write exactly one of model_data, model_package and promoted" in str(problem)


def test_a_variant_behind_other_preprocessors_is_refused(tmp_path, workloads):
    folders = checkout(tmp_path, "staging")
    artifact = "s3://models-of-dev/plain/models/job-{}/0123456789abcdef/model.tar.gz"
    file = folders.config / "staging.yaml"
    head = file.read_text().partition("endpoints:")[0]

    def promoted(job: int) -> dict[str, Any]:
        names = {
            "model_package": PROMOTED["model_package"].replace("boston-housing", "piped"),
            "artifact": PROMOTED["artifact"].replace("boston-housing", "piped"),
        }
        before = {"plain": {"artifact": artifact.format(job), "sha256": PROMOTED["sha256"]}}
        return {**PROMOTED, **names, "preprocessors": before}

    def pinned(job: int) -> None:
        variants = [{"name": "challenger", "weight": 1, "promoted": promoted(job)}]
        pin = {"workload": "piped", "promoted": promoted(1), "variants": variants}
        file.write_text(f"{head}endpoints: {json.dumps([pin])}\n")
        load_pins(load_environment("staging", folders.config), workloads, folders.containers)

    pinned(1)
    with pytest.raises(InvalidFileError, match=r"variants.0.promoted.preprocessors.plain: is another than the endpoi"):
        pinned(2)


def test_more_promoted_models_than_the_role_can_name_are_refused(tmp_path):
    folders = checkout(tmp_path, "staging")
    baseline = "".join(f"        file-{number}.json: '{number:064}'\n" for number in range(20))
    pins = []
    for number in range(8):
        name = f"model-{number}"
        shutil.copytree(folders.workloads / "boston-housing", folders.workloads / name)
        path = folders.workloads / name / "workload.yaml"
        path.write_text(path.read_text().replace("name: boston-housing", f"name: {name}"))
        lines = "".join(f"      {key}: '{text.replace('boston-housing', name)}'\n" for key, text in PROMOTED.items())
        pins.append(f"  - workload: {name}\n    promoted:\n{lines}      baseline:\n{baseline}")
    with (folders.config / "staging.yaml").open("a") as file:
        file.write("".join(pins))
    (message,) = [str(problem) for problem in Validation(folders).all().problems]
    assert "staging.yaml:5: endpoints: the promotion role's policy would have" in message
    assert "IAM allows 10240: write fewer promoted models" in message
    with pytest.raises(InvalidFileError, match="the promotion role's policy would have"):
        synthesize(folders, "staging")
