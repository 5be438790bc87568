"""Which images a deploy pushes, and the registries that their bases are in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from launchpad.image_builds.assembly_images import AssemblyImage, images_of

TRAINING = "763104351884.dkr.ecr.eu-west-1.amazonaws.com"
INFERENCE = "727897471807.dkr.ecr.cn-north-1.amazonaws.com.cn"
DOCKERFILE = f"""\
# 111111111111.dkr.ecr.us-east-1.amazonaws.com/only-a-comment:1
ARG BASE_IMAGE
FROM {INFERENCE}/inference:1 AS tools
FROM $BASE_IMAGE
"""


@pytest.fixture
def assembly(tmp_path: Path) -> Path:
    """Stacks as the CDK writes them: `jobs` needs `image-extended`, and `github` needs nothing."""
    nested = tmp_path / "assembly-dev"
    (nested / "asset.1").mkdir(parents=True)
    (nested / "asset.1" / "Dockerfile").write_text(DOCKERFILE)
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": {"dev": {"type": "cdk:cloud-assembly"}}}))
    (nested / "manifest.json").write_text(json.dumps({"artifacts": {**stack("extended", []), **others()}}))
    image = {
        "source": {"directory": "asset.1", "dockerBuildArgs": {"BASE_IMAGE": f"{TRAINING}/training:2"}},
        "destinations": {"here": {"repositoryName": "launchpad/dev/extended", "imageTag": "1"}},
    }
    (nested / "extended.json").write_text(json.dumps({"dockerImages": {"1": image}}))
    return tmp_path


def stack(name: str, dependencies: list[str]) -> dict[str, object]:
    return {
        f"{name}.assets": {"type": "cdk:asset-manifest", "properties": {"file": f"{name}.json"}},
        name: {
            "type": "aws:cloudformation:stack",
            "properties": {"stackName": f"launchpad-dev-{name}"},
            "dependencies": [f"{name}.assets", *dependencies],
        },
    }


def others() -> dict[str, object]:
    artifacts = {**stack("jobs", ["extended"]), **stack("github", [])}
    return {name: artifact for name, artifact in artifacts.items() if not name.endswith(".assets")}


IMAGE = AssemblyImage("launchpad/dev/extended", "1", frozenset({TRAINING, INFERENCE}))


def test_an_image_names_the_private_registries_of_all_its_bases(assembly):
    assert images_of(assembly) == [IMAGE]
    assert IMAGE.container == "extended"


def test_a_stack_brings_the_images_of_those_it_needs(assembly):
    assert images_of(assembly, "launchpad-dev-jobs") == [IMAGE]


def test_a_stack_that_needs_no_image_brings_none(assembly):
    assert images_of(assembly, "launchpad-dev-github") == []
