"""Chooses the folder of ``images/`` for a container image's URI.

An image is data: a folder with `image.toml`, locked requirements and a default handler. Note: a framework's image is
found in any account and region, because people copy it; a built-in algorithm's in AWS's accounts only (`registries`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from local_aws.runtimes.base import ImageNotFoundError
from local_aws.runtimes.registries import is_in_aws_registry

IMAGES = Path(__file__).parent / "images"
MODULES = IMAGES / "modules"
"""Packages that AWS's images have and no index: each folder is one that an image may name in its `modules`."""
BUILD_REQUIREMENTS = IMAGES / "build-requirements.txt"
"""Locked packages for building the packages that are published only as source."""
KINDS = ("framework", "own", "programs", "algorithm")
"""How an image's programs are run. ``framework``: AWS's toolkits run the user's script. ``own``: it has its own
programs (see `command_lines`). ``programs``: it neither trains nor serves; `Runtime.process` runs the caller's.
``algorithm``: a built-in algorithm, which takes no script: `inside/algorithms` trains with the folder's
``algorithm.py``."""
_URI = re.compile(
    r"^(?:(?P<registry>[^/]+)/)?(?P<repository>[^:@]+)(?::(?P<tag>[^@]+))?(?P<digest>@sha256:[0-9a-f]+)?$"
)


@dataclass(frozen=True, kw_only=True)
class Image:
    """The content of one folder of ``images/``: its image URIs, and how its programs are built and run."""

    name: str
    folder: Path
    kind: str
    """One of `KINDS`."""
    title: str
    """The framework and version that really run, for people."""
    repositories: tuple[str, ...]
    """Shell patterns of the repository names of its URIs."""
    tags: tuple[str, ...]
    """Shell patterns of the tags whose versions this folder has."""
    algorithms: tuple[str, ...] = ()
    """Names of repositories that have this image in AWS's accounts only: those of built-in algorithms."""
    substituted_tags: tuple[str, ...] = ()
    """Patterns of older tags that also run, with this folder's versions and a line in the log that says so."""
    handler: str = ""
    """Class in the folder's ``handler.py`` with the framework's default ``input_fn``, ``predict_fn`` and so on; empty
    if the image does not serve."""
    base: Image | None = None
    """Another image, which this one extends: its packages are installed first, and are all without a
    ``requirements.txt`` here. In `image.toml`, its folder's name."""
    environment: dict[str, str] = field(default_factory=dict)
    """The image's own ENV."""
    labels: dict[str, list[str]] = field(default_factory=dict)
    """The labels ``com.amazonaws.sagemaker.capabilities.NAME=true`` of AWS's images or of the Dockerfile: each name,
    and the patterns of the tags whose image has it."""
    modules: tuple[str, ...] = ()
    """Names of packages in `MODULES`, which are added to those of the lock file."""
    needs: dict[str, str] = field(default_factory=dict)
    """Programs that the machine must have, because no Python package has them: name to Debian's packages."""

    @property
    def environment_of(self) -> Image:
        """The image whose packages it has: the base if it adds none, so that both share one environment."""
        own = self.folder / "requirements.txt"
        return self if self.base is None or own.exists() else self.base.environment_of

    @property
    def requirements(self) -> Path:
        """The hash-locked list of the image's packages."""
        return self.environment_of.folder / "requirements.txt"

    def labels_of(self, uri: str) -> frozenset[str]:
        """The names of the labels that the image of a URI has."""
        parts = _URI.match(uri)
        tag = (parts["tag"] if parts else None) or ""
        return frozenset(name for name, tags in self.labels.items() if _matches(tag, tuple(tags)))

    @property
    def module_folders(self) -> tuple[Path, ...]:
        """The folders of `modules`, those of the base first."""
        return (*(self.base.module_folders if self.base else ()), *(MODULES / name for name in self.modules))

    @property
    def layers(self) -> tuple[Path, ...]:
        """The lists of all its packages, each installed over the one before."""
        image = self.environment_of
        return (*(image.base.layers if image.base else ()), image.requirements)


@dataclass(frozen=True)
class Match:
    """An image, and a notice for the user about running this URI on it, if any."""

    image: Image
    notice: str | None


def load_images(*folders: Path) -> tuple[Image, ...]:
    """Read every ``image.toml`` in the folders, by default our own.

    Raises `ValueError` with the file for a key that is missing or unknown, or for a file that is missing.
    """
    return tuple(_load_image(path) for folder in folders or (IMAGES,) for path in sorted(folder.glob("*/image.toml")))


class ImageFolders:
    """The images of this package, and those of the user's folders, which are read again each time.

    So a new folder, or a changed one, needs no restart. One that can't be read hides no other.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self._own, self._folders = load_images(), folders

    def find(self, uri: str) -> Match:
        """See `find_image`."""
        images, errors = list(self._own), []
        for path in (path for folder in self._folders for path in sorted(folder.glob("*/image.toml"))):
            try:
                images.append(_load_image(path))
            except (ValueError, OSError) as error:
                errors.append(str(error) if str(path) in str(error) else f"{path}: {error}")
        try:
            return find_image(uri, tuple(images))
        except ImageNotFoundError as error:
            where = [f"Its folder would be in {', '.join(map(str, self._folders))}."] if self._folders else []
            raise ImageNotFoundError(" ".join([str(error), *where, *errors])) from None


def _load_image(path: Path) -> Image:
    content: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    if content.get("kind") not in KINDS:
        raise ValueError(f"{path}: kind is {content.get('kind')!r}; write one of {', '.join(KINDS)}")
    lists = {key: tuple(value) for key, value in content.items() if isinstance(value, list)}
    if base := content.get("base"):
        content["base"] = _load_base(path, base)
    elif not (lock := path.with_name("requirements.txt")).exists():
        raise ValueError(f"{lock} is missing: it lists the image's packages; write an empty file if it has none")
    try:
        return Image(name=path.parent.name, folder=path.parent, **{**content, **lists})
    except TypeError as error:
        raise ValueError(
            f"{path}: {error}; the keys are the attributes of {Image.__qualname__} in images.py"
        ) from error


def _load_base(path: Path, name: str) -> Image:
    names = sorted(file.parent.name for file in IMAGES.glob("*/image.toml"))
    if name not in names:
        raise ValueError(f"{path}: base is {name!r}; write one of {', '.join(names)}, or remove the line")
    return _load_image(IMAGES / name / "image.toml")


def find_image(uri: str, images: tuple[Image, ...]) -> Match:
    """Choose the folder for an image URI by repository name and tag; see `Image.algorithms` for the account.

    Raises `ImageNotFoundError` that lists the available images.
    """
    parts = _URI.match(uri)
    repository = parts["repository"] if parts else uri
    of_aws = is_in_aws_registry(uri)
    family = [
        image
        for image in images
        if _matches(repository, image.repositories) or (of_aws and repository in image.algorithms)
    ]
    if not family:
        raise ImageNotFoundError(_unknown_repository(uri, images))
    tag = parts["tag"] if parts else None
    for image in family:
        if tag and _matches(tag, image.tags):
            return Match(image, None)
    for image in family:
        if tag and _matches(tag, image.substituted_tags):
            return Match(
                image, f"{repository}:{tag} is not available without Docker; it runs on {image.title} instead."
            )
    supported = ", ".join(
        f"{repository}:{pattern}" for image in family for pattern in image.tags + image.substituted_tags
    )
    described_tag = f"tag {tag!r}" if tag else "no tag"
    raise ImageNotFoundError(
        f"Image {uri!r} has {described_tag}, which the runtime 'process' can't run. Use one of: {supported}."
    )


def _matches(text: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(text, pattern) for pattern in patterns)


def _unknown_repository(uri: str, images: tuple[Image, ...]) -> str:
    frameworks = ", ".join(f"{repository}:{image.tags[0]}" for image in images for repository in image.repositories)
    algorithms = ", ".join(f"{repository}:{image.tags[0]}" for image in images for repository in image.algorithms)
    return (
        f"Image {uri!r} is none that the runtime 'process' can run without Docker. It runs: {frameworks} (any account "
        f"and region), and {algorithms} (AWS's accounts). Use one of these, or add a folder for it under "
        f"{IMAGES.relative_to(IMAGES.parents[2])}/."
    )
