"""The page's section on SageMaker's built-in algorithms: which one trains on this machine, which only have a request.

Nothing is listed by hand: the image lock says which algorithms there are, the local AWS's images which of them it runs.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

from launchpad import paths
from launchpad.images import image_lock
from local_aws.runtimes.base import ImageNotFoundError
from local_aws.runtimes.images import find_image, load_images

ONLY_VERSION = {"1"}
"""The built-in algorithms have no other in the lock; frameworks have their own versions, and are renewed."""
OWN_PROGRAM = "LOCAL_AWS_ALGORITHM"
"""What an image of the local AWS sets that has an algorithm's program (see the README of `local_aws.runtimes`)."""
HEAD = """
## Built-in algorithms

A workload asks for one by `image: {algorithm: NAME}` and brings no training script. AWS's images of them can't be had
on a laptop: one trains here only where the local AWS has the algorithm's library. Of those in `images.lock.json`:

"""
HERE = "- **Trained and served here**: {}."
ELSEWHERE = (
    "- **Request-only here**: {}. The request is the one that SageMaker takes; the job that it makes on this machine"
    " fails and says that there is no such image. Train with them in an account."
)
WIDTH = 120


def section() -> str:
    """The section, in Markdown."""
    local_names = "; ".join(f"`{name}`, on {title}" for name, title in runs_here().items())
    return (
        HEAD
        + _wrapped(HERE.format(local_names))
        + _wrapped(ELSEWHERE.format(", ".join(map("`{}`".format, request_only()))))
    )


def _wrapped(item: str) -> str:
    """An item of a list in short lines."""
    return textwrap.fill(item, WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False) + "\n"


def runs_here() -> dict[str, str]:
    """The algorithms whose program the local AWS has, and what each really runs on."""
    return {name: title for name, versions in _training().items() if (title := _title(versions))}


def request_only() -> list[str]:
    """The algorithms for whose image the local AWS has nothing to run."""
    return [name for name, versions in _training().items() if set(versions) == ONLY_VERSION and not _title(versions)]


def _training() -> Mapping[str, Mapping[str, Any]]:
    """The lock's builds for training: name, version, build."""
    images = image_lock.read_lock(paths.IMAGES_LOCK)["images"]
    return {name: purposes["training"] for name, purposes in images.items() if "training" in purposes}


def _title(versions: Mapping[str, Mapping[str, Any]]) -> str:
    """What the newest version of an algorithm runs on here, or nothing."""
    build = versions[image_lock.newest(versions)]
    try:
        image = find_image(f"{build['repository']}:{next(iter(build['tags'].values()))}", load_images()).image
    except ImageNotFoundError:
        return ""
    return image.title if image.kind == "algorithm" or OWN_PROGRAM in image.environment else ""
