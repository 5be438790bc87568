"""What the functions know of the pins of all environments' configs."""

from __future__ import annotations

import json

import pytest

from launchpad.catalogue.retention import retention_file
from launchpad.settings import load_settings

KEY = "arn:aws:kms:eu-west-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef"
ARCHIVE = "s3://models-{0}/demo/models/{0}-1/0a/model.tar.gz"
VERSION = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/dev-demo/7"
CONFIGS = {
    "dev": "name: dev\nregion: eu-west-1\nretention: {models_days: 7, delete: true}\n",
    "staging": f"""\
name: staging
region: eu-west-1
endpoints:
  - workload: demo
    model_data: {ARCHIVE.format("main")}
    model_data_key: {KEY}
    preprocessors: {{scaler: {ARCHIVE.format("before")}}}
    variants:
      - {{name: b, weight: 1, model_data: {ARCHIVE.format("variant")}}}
""",
    "prod": f"""\
name: prod
region: eu-west-1
endpoints:
  - workload: demo
    model_package: {VERSION}
    shadow: {{model_data: {ARCHIVE.format("shadow")}}}
  - workload: shared
    models: s3://models-dev/_shared/regression/
""",
}


@pytest.fixture
def content(tmp_path):
    """The file of environment dev, with these configs next to its own."""

    def render(**configs: str):
        for name, text in {**CONFIGS, **configs}.items():
            (tmp_path / f"{name}.yaml").write_text(text)
        return json.loads(retention_file(load_settings(tmp_path / "dev.yaml"), 50, tmp_path))

    return render


def test_every_pin_of_every_config_is_in_it(content):
    pins = content()["pins"]
    assert pins == sorted(pins)
    assert set(pins) == {
        *(ARCHIVE.format(name) for name in ("main", "before", "variant", "shadow")),
        VERSION,
        "s3://models-dev/_shared/regression/",
    }


def test_the_rules_are_the_environments_own(content):
    rules = content(staging="name: staging\nregion: eu-west-1\nretention: {models_days: 8}\n")
    assert (rules["settings"]["models_days"], rules["settings"]["delete"]) == (7, True)
    assert rules["settings"]["rollback_models"] == 10
    assert rules["kept_images"] == 50


def test_a_config_with_mistakes_is_named_and_the_others_are_read(content):
    document = content(staging="name: staging\nregion: nowhere\n")
    assert document["unreadable"] == ["staging.yaml"]
    assert VERSION in document["pins"]


def test_the_price_list_next_to_the_configs_is_no_config(content):
    assert content(prices="prices: {ml.m5.large: 0.1}\n")["unreadable"] == []
