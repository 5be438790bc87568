"""What a config pinned before: its versions in git, on the branch that is checked out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from launchpad.config_files.yaml_nodes import YamlError
from launchpad.messages.errors import LaunchpadError
from launchpad.promotions.facts import served_words
from launchpad.promotions.pin_text import Pin, pin_of
from launchpad.promotions.pull_request import base_text, earlier_texts

MOST_COMMITS = 200


def pins_before(file: Path, workload: str) -> Iterator[dict[str, Any]]:
    """The pins of a workload that the file had, each once, the newest first, without the one that it has now.

    None without a repository, and where a commit's text can't be read.
    """
    try:
        texts = [file.read_text("utf-8"), *earlier_texts(file, MOST_COMMITS)]
    except (LaunchpadError, OSError):
        return
    pins = []
    for text in texts:
        try:
            pin = pin_of(text, workload)
        except YamlError:
            continue
        if pin and pin not in pins:
            pins.append(pin)
            if len(pins) > 1:
                yield pin


def refuse_other_pin_on_base(file: Path, workload: str) -> None:
    """Refuse a checkout whose pin is not that of the branch where a pull request begins: another pin came before that.

    Raises:
        LaunchpadError: they differ; names both. Or git refused.
    """
    start, text = base_text(file)
    base, own = pin_of(text, workload), pin_of(file.read_text("utf-8"), workload)
    if base != own:
        raise LaunchpadError(
            f"{start} pins {served_words(base)} of {workload!r} in config/{file.name}, and this checkout pins"
            f" {served_words(own)}: what came before is another model there; check out {start}, and run this again"
        )


def artifacts_of(pin: Pin) -> list[str]:
    """The URI of the artifact that a pin names; none if it names a package of the environment's own."""
    promoted = pin.get("promoted") or {}
    return [uri for uri in (pin.get("model_data"), promoted.get("artifact")) if uri]


def short_name(pin: Pin) -> str:
    """A pin in a branch's name: the version, or the job."""
    package = pin.get("model_package") or (pin.get("promoted") or {}).get("model_package")
    if package:
        return str(package).rpartition("/")[2]
    parts = str(pin.get("model_data")).removeprefix("s3://").split("/")
    return parts[-3] if len(parts) > 3 else "an-artifact"
