"""What the functions must know to delete old things: the rules, and what any config of the checkout pins.

An environment's functions know its resources alone. Another environment may serve an artifact of its bucket or a
version of its models, and only that one's config says so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from launchpad import paths
from launchpad.messages.errors import LaunchpadError
from launchpad.settings import EnvironmentSettings, environment_names, load_settings

FILE = "retention.json"
"""The file in the functions' code."""
_PINNED = re.compile(r"s3://|arn:aws[a-z-]*:sagemaker:")
"""The beginning of what a config pins: an artifact, a folder of artifacts, or a version of a model package."""


def retention_file(settings: EnvironmentSettings, kept_images: int, folder: Path = paths.CONFIG) -> bytes:
    """Return the file's content; `kept_images` is what the repositories' lifecycle rule keeps.

    A config with mistakes doesn't fail another environment's synth. It is named, and the functions then delete nothing
    that it could pin.
    """
    pins, unreadable = set(_pins(settings)), []
    for name in environment_names(folder):
        path = folder / f"{name}.yaml"
        try:
            pins |= set(_pins(load_settings(path)))
        except LaunchpadError:
            unreadable.append(path.name)
    content = {
        "settings": settings.retention.model_dump(mode="json"),
        "kept_images": kept_images,
        "pins": sorted(pins),
        "unreadable": unreadable,
    }
    return json.dumps(content, sort_keys=True).encode()


def _pins(settings: EnvironmentSettings) -> Iterator[str]:
    """Every URI and ARN that the pinned endpoints name, wherever it stands in them."""
    for endpoint in settings.endpoints:
        yield from (text for text in _texts(endpoint.model_dump(mode="json")) if _PINNED.match(text))


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        node = list(node.values())
    if isinstance(node, list):
        for part in node:
            yield from _texts(part)
    elif isinstance(node, str):
        yield node
