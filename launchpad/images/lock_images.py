"""Write `images.lock.json` from the SageMaker SDK: `make lock-images`, in a separate virtual environment.

Every URI comes from the SDK's `image_uris.retrieve` and is taken apart, so that the lock can't differ from the SDK.
Versions and regions come from the SDK's own tables, because it has no call that lists them.
"""

from __future__ import annotations

import argparse
import json
import logging
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

import botocore.session
from sagemaker.core import image_uris

from launchpad import paths
from launchpad.images import image_lock

FRAMEWORKS = ("huggingface", "pytorch", "sklearn", "tensorflow", "xgboost")
DEBUGGER = "debugger"
"""The image that evaluates rules while a training job runs: for accounts that used them before AWS closed Debugger."""
KEPT_VERSIONS = 3
"""How many of the newest versions to keep, so that a pinned version survives an update or two of the lock."""
INSTANCES = {"cpu": "ml.m5.large", "gpu": "ml.g5.xlarge"}
URI = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.(?P<suffix>[^/]+)/(?P<name>[^:]+):(?P<tag>.+)"
)


@dataclass(frozen=True)
class Build:
    """One version of an image, for training or for inference, as the SDK's tables describe it."""

    name: str
    purpose: str
    version: str
    python: str | None
    base_framework: str | None
    accelerators: tuple[str, ...]
    regions: tuple[str, ...]

    def uri(self, region: str, accelerator: str) -> re.Match[str]:
        """Ask the SDK."""
        uri = image_uris.retrieve(
            self.name,
            region,
            version=self.version,
            py_version=self.python,
            base_framework_version=self.base_framework,
            instance_type=INSTANCES[accelerator],
            image_scope=self.purpose,
        )
        match = URI.fullmatch(uri)
        if match is None or match["region"] != region:
            raise ValueError(f"the SDK's answer for {self} in {region} is not an image URI of that region: {uri}")
        return match


def main() -> int:
    """Write the lock; with --check, only report whether it matches the SDK (exit code 1 if not)."""
    parser = argparse.ArgumentParser(description="Renew images.lock.json from the SageMaker SDK.")
    parser.add_argument("--check", action="store_true", help="change nothing; fail if the lock is out of date")
    check = parser.parse_args().check
    logging.disable(logging.INFO)
    text = json.dumps(content(), indent=1, sort_keys=True) + "\n"
    path = paths.IMAGES_LOCK
    if check:
        fresh = path.exists() and path.read_text(encoding="utf-8") == text
        print("images.lock.json is what the SDK says" if fresh else "images.lock.json is out of date: make lock-images")
        return 0 if fresh else 1
    path.write_text(text, encoding="utf-8")
    print(f"images.lock.json: {text.count('repository')} images of sagemaker {installed_version('sagemaker')}")
    return 0


def content() -> dict[str, Any]:
    """Return the whole lock."""
    accounts: dict[str, dict[str, str]] = {}
    suffixes: dict[str, str] = {}
    locked: dict[str, dict[str, dict[str, Any]]] = {}
    for build in builds():
        uris = {region: build.uri(region, build.accelerators[0]) for region in build.regions}
        suffixes |= {region: uri["suffix"] for region, uri in uris.items()}
        table = {region: uri["account"] for region, uri in uris.items()}
        locked.setdefault(build.name, {}).setdefault(build.purpose, {})[build.version] = {
            "accounts": _share(accounts, table, build),
            "repository": uris[build.regions[0]]["name"],
            "tags": {
                accelerator: build.uri(build.regions[0], accelerator)["tag"] for accelerator in build.accelerators
            },
        } | ({"python": build.python} if build.python else {})
    regions = {region: botocore.session.Session().get_partition_for_region(region) for region in suffixes}
    return {
        "accounts": accounts,
        "format": image_lock.FORMAT,
        "images": locked,
        "partitions": _by_partition(regions, suffixes),
        "regions": regions,
        "sdk": f"sagemaker {installed_version('sagemaker')}",
    }


def builds() -> Iterator[Build]:
    """List all locked builds, sorted: the newest versions of the frameworks, and the first-party algorithms."""
    for name in sorted({*FRAMEWORKS, *algorithms(), DEBUGGER}):
        for purpose in image_lock.PURPOSES if name != DEBUGGER else (image_lock.RULES,):
            config = image_uris.config_for_framework(name)
            config = config.get(purpose, config)
            newest = sorted(config["versions"], key=image_lock.version_key)[-KEPT_VERSIONS:]
            for version in reversed(newest):
                yield build(name, purpose, version, config)


def algorithms() -> Iterator[str]:
    """List the built-in algorithms: the SDK's tables with the single version "1" for both training and inference."""
    for path in Path(image_uris.__file__).with_name("image_uri_config").glob("*.json"):
        table = json.loads(path.read_text(encoding="utf-8"))
        if set(table.get("scope", ())) >= set(image_lock.PURPOSES) and list(table.get("versions", ())) == ["1"]:
            yield path.stem


def build(name: str, purpose: str, version: str, config: Mapping[str, Any]) -> Build:
    """Read one version's entry; Hugging Face has one more level, for the framework that the image is built on."""
    entry = config["versions"][version]
    base = None
    if "registries" not in entry:
        base = image_lock.newest(key for key in entry if key.startswith("pytorch"))
        entry = entry[base]
    processors = config.get("processors") or entry.get("processors") or ()
    pythons = entry.get("py_versions") or ()
    return Build(
        name=name,
        purpose=purpose,
        version=version,
        python=image_lock.newest(pythons) if pythons else None,
        base_framework=base,
        accelerators=tuple(processor for processor in INSTANCES if not processors or processor in processors),
        regions=tuple(sorted(entry["registries"])),
    )


def _share(accounts: dict[str, dict[str, str]], table: dict[str, str], build: Build) -> str:
    """Return the name of an equal table of accounts; if none exists, add this one, named after its first image."""
    for name, other in accounts.items():
        if other == table:
            return name
    name = f"{build.name} {build.version} {build.purpose}"
    accounts[name] = table
    return name


def _by_partition(regions: Mapping[str, str], suffixes: Mapping[str, str]) -> dict[str, str]:
    """Return each partition's DNS suffix."""
    pairs = {(partition, suffixes[region]) for region, partition in regions.items()}
    if len(pairs) != len(dict(pairs)):
        raise ValueError(f"a partition has more than one DNS suffix: {sorted(pairs)}")
    return dict(pairs)


if __name__ == "__main__":
    sys.exit(main())
