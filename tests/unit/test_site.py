"""The site of the documentation: links that work on GitHub work there too, and nothing is loaded from elsewhere."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from launchpad import paths
from tools.site import CONFIG, REFERENCES, DeadLinkError, Site, loaded_from_elsewhere

NAMED_FILE = re.compile(r"`((?:[\w.-]+/)+[\w-]+\.(?:py|yaml|toml|json|md))`")
DOCUMENTS = ("CONTRIBUTING.md", "docs/architecture.md", "docs/serving.md")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with two pages, a picture, a file, and a folder with a README."""
    for name, text in {
        "README.md": "# Start\n",
        "docs/one.md": "# One\n",
        "docs/picture.svg": "<svg/>",
        "config/dev.yaml": "name: dev\n",
        "workloads/houses/README.md": "# Houses\n",
        ".hidden/file.yaml": "a: 1\n",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    return tmp_path


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("../README.md#start", "index.md#start"),
        ("../config/dev.yaml", "files/config/dev.yaml.md"),
        ("../workloads/houses", "files/workloads/houses/README.md"),
        ("../config", "files/config.md"),
        ("../.hidden/file.yaml", "files/hidden/file.yaml.md"),
        ("picture.svg", "files/docs/picture.svg"),
        ("https://docs.aws.amazon.com/", "https://docs.aws.amazon.com/"),
        ("#below", "#below"),
    ],
)
def test_a_link_of_a_page_leads_to_where_the_site_has_it(root: Path, link: str, target: str):
    assert Site(root).with_links(f"See [this]({link}).", "docs/one.md") == f"See [this]({target}).\n"


@pytest.mark.parametrize("code", ["Write `[this](nowhere.md)`.", "```\n[this](nowhere.md)\n```"])
def test_code_keeps_its_links(root: Path, code: str):
    assert Site(root).with_links(code, "docs/one.md") == f"{code}\n"


def test_a_link_to_nothing_is_refused_with_its_page(root: Path):
    with pytest.raises(DeadLinkError, match=r"docs/one\.md: nothing is at '\.\./config/prod\.yaml'"):
        Site(root).with_links("[this](../config/prod.yaml)", "docs/one.md")


def test_every_link_of_every_page_leads_to_a_page_of_the_site(tmp_path: Path):
    Site().write(tmp_path)
    files = {file.relative_to(tmp_path).as_posix() for file in tmp_path.rglob("*") if file.is_file()}
    assert {"index.md", "local-aws.md", "reference/commands.md", "files/config/dev.yaml.md"} <= files


def test_the_navigation_has_every_page():
    pages = {file.name for file in (paths.ROOT / "docs").glob("*.md")} | {page for page, _ in REFERENCES.values()}
    navigation = json.dumps(tomllib.loads(CONFIG.read_text("utf-8"))["project"]["nav"])
    assert [page for page in sorted(pages) if f'"{page}"' not in navigation] == []


@pytest.mark.parametrize(
    ("element", "count"),
    [
        ('<script src="https://unpkg.com/mermaid@11"></script>', 1),
        ('<link rel="stylesheet" href="//fonts.example.com/css">', 1),
        ('<img src="files/docs/picture.svg">', 0),
        ('<a href="https://docs.aws.amazon.com/">', 0),
    ],
)
def test_what_a_browser_would_load_from_elsewhere_is_named(tmp_path: Path, element: str, count: int):
    (tmp_path / "index.html").write_text(f"<html>{element}</html>")
    assert len(loaded_from_elsewhere(tmp_path)) == count


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_that_a_document_names_exists(document: str):
    named = NAMED_FILE.findall((paths.ROOT / document).read_text("utf-8"))
    roots = [paths.ROOT, *paths.ROOT.glob("packages/*/src")]
    assert [name for name in named if not any((root / name).is_file() for root in roots)] == []


def test_the_dev_container_has_the_python_that_the_project_needs():
    image = json.loads((paths.ROOT / ".devcontainer" / "devcontainer.json").read_text("utf-8"))["image"]
    needed = tomllib.loads((paths.ROOT / "pyproject.toml").read_text("utf-8"))["project"]["requires-python"]
    assert image == f"python:{needed.removeprefix('>=')}-bookworm"
