"""The functions' code is in the cloud assembly, where the CDK CLI looks for it, with a module for each function."""

from __future__ import annotations

import json
from pathlib import Path

import aws_cdk as cdk
import pytest

from launchpad.settings import EnvironmentSettings
from security.environments import with_every_workload
from stacks.platform import Platform, feature_flags
from tests.stacks.inspection import resources


@pytest.fixture(scope="module")
def assembly(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("assembly")
    for _ in range(2):  # into the same folder, as `cdk synth` does again and again
        app = cdk.App(context=feature_flags(), outdir=str(folder))
        Platform(app, with_every_workload(EnvironmentSettings(name="dev", region="eu-west-1")))
        app.synth()
    return folder


def test_each_function_finds_its_handler_where_its_manifest_says(assembly):
    handlers = []
    for template in (assembly / "assembly-dev").glob("*.template.json"):
        for function in resources(json.loads(template.read_text()), "AWS::Lambda::Function").values():
            properties = function["Properties"]
            digest = properties["Code"]["S3Key"].removesuffix(".zip")
            manifest = json.loads(template.with_name(template.name.replace(".template.", ".assets.")).read_text())
            source = manifest["files"][digest]["source"]
            assert source["packaging"] == "zip"
            folder = template.parent / source["path"]
            module, _, handler = properties["Handler"].partition(".")
            assert f"def {handler}(" in (folder / f"{module}.py").read_text()
            assert {"catalogue.json", "sources.zip", "launchpad"} <= {path.name for path in folder.iterdir()}
            handlers.append((module, digest))
    assert sorted(module for module, _ in handlers) == ["deploy", "housekeeping", "launch", "monitor", "pipeline"]
    assert len({digest for _, digest in handlers}) == 1


def test_nothing_half_written_stays(assembly):
    assert [path.name for path in assembly.iterdir() if path.name.startswith("tmp")] == []
