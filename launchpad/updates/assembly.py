"""A copy of a cloud assembly with other templates for some of its stacks."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from launchpad.cloud_assembly import Stack, Template, read_stacks


def with_templates(assembly: Path, copy: Path, templates: Mapping[str, Template]) -> Path:
    """Write a copy of an assembly in which the named stacks have these templates; return its folder.

    Unchanged files are links, because an assembly contains the sources of every image.
    """
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(assembly, copy, copy_function=os.link)
    for name, stack in read_stacks(copy).items():
        if name in templates:
            _write(stack, templates[name])
    return copy


def _write(stack: Stack, template: Template) -> None:
    """Write a template, and its hash wherever the old one is: the CLI uploads no file whose hash is in S3 already."""
    text = json.dumps(template, indent=1)
    digest = hashlib.sha256(text.encode()).hexdigest()
    old = hashlib.sha256(stack.file.read_bytes()).hexdigest()
    for path in (stack.manifest, *stack.asset_manifests):
        _replace(path, path.read_text("utf-8").replace(old, digest))
    _replace(stack.file, text)


def _replace(path: Path, text: str) -> None:
    path.unlink()  # a link: writing to it would change the original too
    path.write_text(text, "utf-8")
