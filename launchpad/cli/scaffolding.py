"""Makes a workload's folder, and for an own image its container's, from the templates.

`templates/shared` has what all frameworks have in common, `templates/FRAMEWORK` the files that differ. A file that ends
with `.j2` is filled in by Jinja; `frameworks.toml` has the values.
"""

from __future__ import annotations

import shutil
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from launchpad.messages.errors import LaunchpadError, shown

TEMPLATES = Path(__file__).resolve().parents[1] / "templates"
CONTAINER = "container"
IMAGE = TEMPLATES.parents[1] / "containers" / "sklearn-custom"
"""The image that `--framework container` starts from: it keeps every clause of the contract."""
PLACEHOLDER = "workload-name"
DEFAULTS = {
    "dataset": "wine",
    "convert": "int",
    "instance": "ml.m5.large",
    "evaluation_instance": "ml.m5.large",
    "metric": "accuracy",
    "regex": "accuracy: ([0-9.]+)",
    "at_least": 0.9,
    "serving_script": "",
    "question": "",
}
TABLE_FILES = ("data-requirements.in", "data-requirements.txt")
"""Files of shared/ for a data.py that reads a table of scikit-learn's."""


@cache
def frameworks() -> dict[str, dict[str, Any]]:
    """The frameworks with their values, `sentence` among them."""
    return tomllib.loads((TEMPLATES / "frameworks.toml").read_text("utf-8"))


def make_workload(framework: str, name: str, folder: Path) -> None:
    """Write the workload's folder: under a temporary name first, so that it is never half-written."""
    aside = folder.with_name(f".{name}.partial")
    shutil.rmtree(aside, ignore_errors=True)
    values = _values(framework, name)
    unused = () if values["tables"] else TABLE_FILES
    unused = unused if values["scripted"] else (*unused, "train.py")
    for source in (TEMPLATES / "shared", TEMPLATES / framework):
        _copy(source, aside, values, unused)
    aside.rename(folder)


def make_container(name: str, folder: Path) -> None:
    """Write an image's folder like that of `IMAGE`, under the new name.

    Raises:
        LaunchpadError: the folder exists, or this checkout has no such image any more.
    """
    if folder.exists():
        raise LaunchpadError(f"{shown(folder)} exists already; choose another name, or delete it")
    if not IMAGE.is_dir():
        raise LaunchpadError(f"{shown(IMAGE)}, from which an own image starts, doesn't exist; restore it from git")
    aside = folder.with_name(f".{name}.partial")
    shutil.rmtree(aside, ignore_errors=True)
    shutil.copytree(IMAGE, aside, ignore=shutil.ignore_patterns("__pycache__"))
    for file in (path for path in aside.rglob("*") if path.is_file()):
        text = file.read_text("utf-8")
        if IMAGE.name in text:
            file.write_text(text.replace(IMAGE.name, name), "utf-8")
    aside.rename(folder)


def _values(framework: str, name: str) -> dict[str, Any]:
    own = {key: _named(value, name) for key, value in frameworks()[framework].items()}
    image = own.get("image", f"framework: {framework}")
    scripted, tables = framework != CONTAINER, not (TEMPLATES / framework / "data.py").exists()
    values = {**DEFAULTS, "name": name, "evaluation_image": image, **own, "image": image}
    values["convert"] = "float" if framework == CONTAINER else "int"
    values["origin"] = "the data is a table that scikit-learn brings along" if tables else "its texts are made up"
    served = f", `src/{values['serving_script']}` (how it is served)" if values["serving_script"] else ""
    model = "`src/model.py` (the model)" if scripted else f"`containers/{name}` (the image, with `train` and `serve`)"
    question = f" {values['question']}" if values["question"] else ""
    return {**values, "question": question, "scripted": scripted, "tables": tables, "own": model + served}


def _named(value: Any, name: str) -> Any:
    return value.replace("{name}", name) if isinstance(value, str) else value


def _copy(source: Path, target: Path, values: dict[str, Any], unused: tuple[str, ...]) -> None:
    from jinja2 import Environment, StrictUndefined

    templates = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)  # noqa: S701 -- no HTML
    for path in sorted(path for path in source.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
        if path.name in unused:
            continue
        text = path.read_text("utf-8").replace(PLACEHOLDER, values["name"])
        file = target / path.relative_to(source)
        file.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".j2":
            file, text = file.with_suffix(""), templates.from_string(text).render(values)
        file.write_text(text, "utf-8")
