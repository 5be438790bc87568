"""Reads the templates of a cloud assembly, or of a plain folder of templates.

Note: a cloud assembly has one nested folder per environment (CDK's `Stage`), and only its manifests say which stack a
template file belongs to. Without manifests, the path `<environment>/<stack>.template.json` says it.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from template_diff.errors import TemplateError
from template_diff.model import Template
from template_diff.whole import Location

UNKNOWN_ACCOUNT, UNKNOWN_REGION = "unknown-account", "unknown-region"
"""CDK's names for what a stack leaves to the credentials (`aws://unknown-account/unknown-region`)."""
_SUFFIX = ".template.json"
_HASH = re.compile(r"[0-9A-F]{8}$")


def read_templates(folder: Path) -> dict[tuple[str, str], Template]:
    """Every template under `folder`, by (environment, stack).

    A stack outside any environment has environment `""`. Raises `TemplateError` when the folder is missing or a file
    in it is not a JSON object.
    """
    if not folder.is_dir():
        raise TemplateError(f"{folder}: no such folder of templates. Name a cloud assembly, such as cdk.out.")
    templates: dict[tuple[str, str], Template] = {}
    names = {path: name for manifest in sorted(folder.rglob("manifest.json")) for path, name in _stacks(manifest)}
    for path in sorted(folder.rglob(f"*{_SUFFIX}")):
        templates[names.get(path) or _name_by_path(folder, path)] = _read(path)
    return templates


def read_locations(folder: Path) -> dict[str, Location]:
    """The account and region of each environment of a cloud assembly whose stacks share them.

    Raises `TemplateError` when a manifest can't be read.
    """
    locations: dict[str, set[Location]] = defaultdict(set)
    for manifest in sorted(folder.rglob("manifest.json")):
        for artifact in _stack_artifacts(manifest):
            account, _, region = str(artifact.get("environment", "")).removeprefix("aws://").partition("/")
            location = Location(None if account == UNKNOWN_ACCOUNT else account, region)
            locations[_name(artifact)[0]].add(location)
    return {
        environment: location
        for environment, (location, *others) in locations.items()
        if not others and location.region not in ("", UNKNOWN_REGION)
    }


def _stacks(manifest: Path) -> Iterator[tuple[Path, tuple[str, str]]]:
    for artifact in _stack_artifacts(manifest):
        yield manifest.parent / artifact["properties"]["templateFile"], _name(artifact)


def _stack_artifacts(manifest: Path) -> Iterator[Mapping[str, Any]]:
    for artifact in _read(manifest).get("artifacts", {}).values():
        if artifact.get("type") == "aws:cloudformation:stack":
            yield artifact


def _name(artifact: Mapping[str, Any]) -> tuple[str, str]:
    """The environment and the stack of an artifact."""
    name = artifact.get("displayName") or artifact["properties"]["stackName"]
    environment, _, stack = name.rpartition("/")
    head, _, rest = environment.partition("/")
    return head, _plain(f"{rest}-{stack}" if rest else stack)


def _name_by_path(folder: Path, path: Path) -> tuple[str, str]:
    """The name of a template that no manifest lists, such as a nested stack's, from its folder and file name."""
    parents = path.relative_to(folder).parts[:-1]
    environment = parents[-1].removeprefix("assembly-") if parents else ""
    stack = path.name.removesuffix(_SUFFIX).removesuffix(".nested")
    return environment, _plain(_HASH.sub("", stack).removeprefix(environment) or stack)


def _plain(stack: str) -> str:
    return re.sub(r"[^\w.-]", "-", stack)


def _read(path: Path) -> Any:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TemplateError(f"{path}: can't be read as a template: {error}") from error
    if not isinstance(content, dict):
        raise TemplateError(f"{path}: not a template: a JSON object is wanted, this is a {type(content).__name__}.")
    return content
