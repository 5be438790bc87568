"""Write `launchpad/catalogue/image_modules.json`: `make lock-modules`.

The modules are those of the environments in which the local AWS runs AWS's framework images. AWS's own images may have
more, so a module that is missing here is a warning and no mistake.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

from launchpad import paths
from launchpad.catalogue.imports import DATA, requirements_digest
from launchpad.workload.image import FRAMEWORKS
from local_aws.runtimes.environments import Environments
from local_aws.runtimes.images import Image, load_images

FOLDERS = {**{name: name for name in FRAMEWORKS}, "sklearn": "scikit-learn"}
"""The local AWS's image of each framework."""
CACHE = paths.ROOT / ".local-aws" / "cache" / "environments"


def image_modules() -> str:
    """Return the content of the file, after building the environments that are missing (minutes, gigabytes)."""
    environments, images = (
        Environments(CACHE, uv=paths.ROOT / ".tools" / "bin" / "uv"),
        {image.name: image for image in load_images()},
    )
    modules = {name: _entry(environments, images[folder]) for name, folder in sorted(FOLDERS.items())}
    return json.dumps(modules, indent=1) + "\n"


def _entry(environments: Environments, image: Image) -> dict[str, object]:
    folder = environments.ensure(image, print)
    return {"requirements": requirements_digest(image.layers), "modules": sorted(set(_modules(folder)))}


def _modules(environment: Path) -> Iterator[str]:
    """The modules and packages that can be imported, without private ones."""
    (packages,) = environment.glob("lib/python3*/site-packages")
    for distribution in distributions(path=[str(packages)]):
        for file in distribution.files or ():
            name = file.parts[0].partition(".")[0]
            if file.suffix in (".py", ".so") and name.isidentifier() and not name.startswith("_"):
                yield name


if __name__ == "__main__":
    DATA.write_text(image_modules(), encoding="utf-8")
