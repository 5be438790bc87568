"""What a pin's mode excludes is refused with the config's line, and so is serverless where no config allows it."""

from __future__ import annotations

import pytest

from launchpad.catalogue.pinned_endpoints import load_pins
from launchpad.checks.environment import check_environment
from launchpad.messages.errors import InvalidFileError
from launchpad.settings import load_settings
from tests.stacks.test_serving_modes import HEAD, artifact, workloads
from tests.unit.conftest import rendered

__all__ = ["workloads"]  # a fixture

SHARED = "s3://launchpad-dev-models/_shared/many/"
WRONG = [
    ("open", "    mode: serverless\n", "6: endpoints.0.mode: a serverless endpoint is outside this environment's"),
    ("plain", "    mode: serverless\n", "6: endpoints.0.mode: network_isolation: a serverless endpoint can't be isol"),
    ("plain", "    mode: async\n    scaling: {maximum: 2, concurrency: 8}\n", "7: endpoints.0.scaling.concurrency: "),
    ("plain", "    release: {traffic: canary}\n", "6: endpoints.0.release.traffic: release.traffic: needs 2 instances"),
    ("plain", "    release: {}\n    traffic: linear\n", "7: endpoints.0.traffic: has no effect with release"),
    (
        "plain",
        "    scaling: {maximum: 2, concurrency: 8}\n    minimum_instances: 1\n    maximum_instances: 2\n",
        "7: endpoints.0.minimum_instances: has no effect with scaling",
    ),
    ("plain", f"    models: {SHARED}\n", "4: endpoints.0: write exactly one of model_data, model_package and promoted"),
    ("shared", "", "4: endpoints.0.workload: a shared endpoint serves all archives of a folder: write `models:"),
    ("piped", "", "4: endpoints.0.workload: write the artifact of its preprocessor: `preprocessors: {plain: s3://"),
    (
        "plain",
        f"    preprocessors: {{piped: {artifact('piped')}}}\n",
        "6: endpoints.0.preprocessors.piped: is no preprocessor of 'plain' (it has none)",
    ),
    (
        "later",
        f"    shadow: {{model_data: {artifact('later')}}}\n",
        "6: endpoints.0.shadow: an endpoint with `mode: as",
    ),
    (
        "plain",
        f"    variants: [{{name: a, model_data: {artifact('plain')}, weight: 1}}]\n    traffic: linear\n",
        "7: endpoints.0.traffic: has no effect with variants",
    ),
    (
        "plain",
        (
            f"    variants: [{{name: a, model_data: {artifact('plain')}, weight: 1}}]\n"
            f"    shadow: {{model_data: {artifact('plain')}}}\n"
        ),
        "7: endpoints.0.shadow: needs one production variant",
    ),
    (
        "plain",
        f"    variants: [{{name: AllTraffic, model_data: {artifact('plain')}, weight: 1}}]\n",
        "6: endpoints.0.variants.0.name: 'AllTraffic' is a name of the platform's own",
    ),
    (
        "plain",
        (
            f"    variants: [{{name: a-b, model_data: {artifact('plain')}, weight: 1}},"
            f" {{name: ab, model_data: {artifact('plain')}, weight: 1}}]\n"
        ),
        "6: endpoints.0.variants: a-b and ab are one name, hyphens apart",
    ),
    ("plain", "    variants: [{name: a, weight: 1}]\n", "6: endpoints.0.variants.0: write exactly one of model_data"),
    (
        "plain",
        f"    shadow: {{model_data: {artifact('piped')}}}\n",
        "6: endpoints.0.shadow.model_data: is a model of 'piped'",
    ),
    (
        "piped",
        f"    preprocessors: {{plain: {artifact('plain')}}}\n    shadow: {{model_data: {artifact('piped')}}}\n",
        "7: endpoints.0.shadow: SageMaker copies no requests of an endpoint with several containers",
    ),
    ("plain", "    hours: {}\n", "6: endpoints.0.hours: unknown key"),
]


@pytest.mark.parametrize(("workload", "keys", "complaint"), WRONG, ids=[complaint[:50] for *_, complaint in WRONG])
def test_what_a_pins_mode_excludes_is_reported_with_its_line(workloads, tmp_path, workload, keys, complaint):
    path = tmp_path / "staging.yaml"
    pin = f"endpoints:\n  - workload: {workload}\n    model_data: {artifact(workload)}\n{keys}"
    path.write_text(f"name: staging\nregion: eu-west-1\n{pin}")
    with pytest.raises(InvalidFileError) as error:
        load_pins(load_settings(path), workloads)
    assert f"staging.yaml:{complaint}" in str(error.value)


def test_a_pin_of_several_models_takes_no_gpu(workloads, tmp_path):
    path = tmp_path / "staging.yaml"
    pin = f"{{workload: shared, models: '{SHARED}', instance: {{type: ml.g5.xlarge}}}}"
    path.write_text(f"name: staging\nregion: eu-west-1\nendpoints: [{pin}]\n")
    with pytest.raises(InvalidFileError, match=r"shared_endpoint: ml.g5.xlarge has a GPU, on which only Triton's"):
        load_pins(load_settings(path), workloads)


def test_one_pin_serves_all_models_of_a_shared_endpoint(tmp_path):
    path = tmp_path / "staging.yaml"
    pins = "".join(f"  - {{workload: boston-housing-{name}, models: '{SHARED}'}}\n" for name in ("north", "south"))
    path.write_text(f"name: staging\nregion: eu-west-1\nendpoints:\n{pins}")
    complaint = (
        "yaml:5: endpoints.1.workload: 'boston-housing-north' pins 'boston-housing-models' already, which serves"
    )
    with pytest.raises(InvalidFileError, match=complaint):
        load_pins(load_settings(path))


def test_provisioned_concurrency_of_a_pin_is_not_scaled(workloads, tmp_path):
    path = tmp_path / "staging.yaml"
    scaling = "serverless: {provisioned_concurrency: 1}, scaling: {maximum: 2, utilization: 0.7}"
    pin = f"{{workload: open, model_data: {artifact('open')}, mode: serverless, {scaling}}}"
    path.write_text(f"name: staging\nregion: eu-west-1\nallow_serverless: true\nendpoints: [{pin}]\n")
    with pytest.raises(InvalidFileError, match="CloudFormation can't scale provisioned concurrency"):
        load_pins(load_settings(path), workloads)


def test_a_serverless_workload_needs_the_environments_consent(tmp_path):
    path = tmp_path / "dev.yaml"
    path.write_text("name: dev\nregion: eu-west-1\ndirect_deploy: true\n")
    text = HEAD.format("quick") + "  mode: serverless\n  network_isolation: false\n"
    with pytest.raises(InvalidFileError, match="outside the network of environment 'dev': write `allow_serverless"):
        check_environment(load_settings(path), {"quick": rendered(text)}, tmp_path, tmp_path)
