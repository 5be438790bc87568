"""A workload as it is in the checkout, for one launch: packaged like the catalogue, under the hash of its content.

The functions believe nothing that a working copy says about itself: `lambda/working_copies.py` checks it against the
`rules` that were deployed with the functions.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from launchpad import paths
from launchpad.catalogue.definitions import Catalogue
from launchpad.catalogue.endpoint_services import endpoint_services
from launchpad.catalogue.external_inputs import external_inputs
from launchpad.catalogue.packaging import Archive
from launchpad.images import image_lock
from launchpad.requests import Definition
from launchpad.settings import EnvironmentSettings

FOLDER = "working-copies"
"""The folder of the data bucket."""
EXPIRES_DAYS = 30
RENEWED_DAYS = 7
"""An object of this age is uploaded again, so that a pipeline that starts now does not outlive it."""
RULES_FILE = "working_copies.json"
"""The file in the functions' code."""
_RENDERER = ("workload/**/*.py", "catalogue/definitions.py", "catalogue/packaging.py", "images/containers.py")
"""The code that decides the form of a definition."""


@dataclass(frozen=True)
class WorkingCopy:
    """What is uploaded: the definition as canonical JSON, and the scripts that it names."""

    workload: str
    document: bytes
    archives: Mapping[str, Archive]

    @property
    def key(self) -> str:
        """The key of the definition in the data bucket, which an event names."""
        return f"{FOLDER}/{self.workload}/{hashlib.sha256(self.document).hexdigest()}.json"

    def objects(self) -> dict[str, bytes]:
        """All objects by key, the definition last: where it exists, the scripts do."""
        scripts = {f"{FOLDER}/{self.workload}/{sha256}.tar.gz": item.data for sha256, item in self.archives.items()}
        return {**scripts, self.key: self.document}


def working_copy(definition: Definition, archives: Mapping[str, Archive]) -> WorkingCopy:
    """Package what `launchpad.catalogue.render` returns."""
    content = {"renderer": renderer(), "definition": definition}
    return WorkingCopy(definition["name"], _canonical(content), archives)


def rules(settings: EnvironmentSettings, catalogue: Catalogue) -> bytes:
    """What the functions allow of a working copy: renderer, images, services, and inputs outside the environment."""
    own = {image for definition in catalogue.workloads.values() for image in _images(definition)}
    content = {
        "renderer": renderer(),
        "images": sorted(own | {image.uri for image in image_lock.images_in(settings.region)}),
        "inputs": external_inputs(catalogue.workloads.values()),
        "services": None if settings.network.may_reach_internet else endpoint_services(settings, catalogue.workloads),
    }
    return _canonical(content)


@cache
def renderer(folder: Path = paths.ROOT / "launchpad") -> str:
    """A digest of the code that renders definitions.

    Equal digests mean definitions of one form, which the deployed request builders know: they were deployed together
    with the same renderer. So only this part of the platform's code has to be the deployed one.
    """
    digest = hashlib.sha256()
    for path in sorted(path for pattern in _RENDERER for path in folder.glob(pattern)):
        digest.update(f"{path.relative_to(folder)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _images(definition: Definition) -> set[str]:
    sections = [section for section in definition.values() if isinstance(section, dict)]
    images = [section.get(key) for section in sections for key in ("image", "rule_image")]
    return {image for image in images if isinstance(image, str)}


def _canonical(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
