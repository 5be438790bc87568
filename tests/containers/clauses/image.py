"""What every image is, before any of its programs runs."""

from __future__ import annotations

import re

from tests.containers import docker_images
from tests.containers.case import Case
from tests.containers.contract import clause

LABELS = ("org.opencontainers.image.title", "org.opencontainers.image.source", "org.opencontainers.image.version")


@clause("image", drivers=("docker",))
def it_builds_and_is_labelled(case: Case) -> None:
    """Its source and version show in the image alone, which is of SageMaker's architecture."""
    image = docker_images.inspect(case.uri)
    labels = image["Config"]["Labels"] or {}
    missing = [name for name in LABELS if not labels.get(name)]
    assert not missing, f"the labels {', '.join(missing)} are missing; write them in the Dockerfile"
    assert labels[LABELS[1]] == f"containers/{case.name}", f"its source is {labels[LABELS[1]]!r}"
    assert image["Architecture"] == "amd64", f"it is built for {image['Architecture']}"


@clause("image", drivers=("docker",))
def it_has_no_health_check_of_its_own(case: Case) -> None:
    """SageMaker asks /ping; Docker's own check would be a second opinion that no caller asks for."""
    check = docker_images.inspect(case.uri)["Config"].get("Healthcheck")
    assert not check, f"the Dockerfile has HEALTHCHECK {check}"


@clause("image", drivers=("process",))
def its_requirements_are_locked_by_hash(case: Case) -> None:
    """Two builds of one commit hold the same packages, whatever is published in between."""
    source = case.source / "requirements.in"
    if not source.exists():
        return
    lock = (case.source / "requirements.txt").read_text()
    entries = [entry for entry in re.split(r"\n(?=\S)", lock) if not entry.startswith("#")]
    loose = [entry.split()[0] for entry in entries if "==" not in entry or "--hash=sha256:" not in entry]
    assert not loose, f"requirements.txt has no version or hash for {', '.join(loose)}; run `make lock`"
    dockerfile = (case.source / "Dockerfile").read_text()
    assert "--require-hashes" in dockerfile, "the Dockerfile installs requirements.txt without --require-hashes"
