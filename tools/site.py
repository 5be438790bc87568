"""Puts the pages of the site together in `build/docs/`, from which Zensical builds it: `make docs`.

A page stands in the repository as GitHub shows it, with links to any file. Here its links are turned to where the site
has that file: another page, a picture, or a page that shows the file's text. A link to nothing fails.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath

from launchpad import paths
from tools import reference
from tools.sources import source_page

SITE = paths.BUILD / "site"
CONFIG = paths.ROOT / "docs" / "zensical.toml"
STYLE = paths.ROOT / "docs" / "site.css"
MERMAID = paths.ROOT / "tools" / "mermaid" / "node_modules" / "@mermaid-js" / "tiny" / "dist" / "mermaid.tiny.js"
README_PAGES = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "packages/local-aws/README.md": "local-aws.md",
    "packages/local-aws/src/local_aws/runtimes/README.md": "runtimes.md",
    "packages/template-diff/README.md": "template-diff.md",
    "notebooks/README.md": "notebooks.md",
}
"""Pages that are elsewhere than in `docs/`, to their names in the site."""
REFERENCES: dict[str, tuple[str, Callable[[], str]]] = {
    "launchpad/cli": ("reference/commands.md", reference.commands_page),
    "schemas/environment.schema.json": ("reference/environment.md", partial(reference.keys_page, "environment")),
    "schemas/workload.schema.json": ("reference/workload.md", partial(reference.keys_page, "workload")),
}
"""What a reference page is made of, which is what GitHub shows for a link to it; its name, and who writes it."""
PICTURES = (".svg", ".png")
_TARGET = re.compile(r"\]\(([^)\s]+)\)")
_ELSEWHERE = re.compile(r"[a-z]+:|#")
_CODE = re.compile(r"(`+[^`]*`+)")
_LOADED = re.compile(r"<(?:script|img|link|iframe)\b[^>]*?(?:src|href)=\"?(?:https?:)?//[^>]*>")


class DeadLinkError(Exception):
    """A page links to a file that does not exist."""


class Site:
    """The pages of one build: those that are known at first, and those that their links ask for."""

    def __init__(self, root: Path = paths.ROOT) -> None:
        self.root = root
        documents = {f"docs/{file.name}": file.name for file in sorted((root / "docs").glob("*.md"))}
        references = {source: page for source, (page, _) in REFERENCES.items()}
        self.pages = {**README_PAGES, **documents, **references}
        """A file or folder of the repository, to its page."""
        self.pictures: set[str] = set()

    def text(self, source: str) -> str:
        """A page's Markdown with its links as the site needs them.

        Raises:
            DeadLinkError: one of them leads to nothing.
        """
        path = self.root / source
        if source in REFERENCES:
            return self.with_links(REFERENCES[source][1](), source)
        if path.is_dir() or path.suffix != ".md":
            return source_page(path, self.root)
        return self.with_links(path.read_text("utf-8"), source)

    def with_links(self, text: str, source: str) -> str:
        """Markdown that stands at `source` in the repository, with its links turned; code stays as it is.

        Raises:
            DeadLinkError: one of them leads to nothing.
        """
        lines, fenced = [], False
        for line in text.splitlines():
            fence = line.lstrip().startswith("```")
            fenced ^= fence
            lines.append(line if fence or fenced else self._line(line, source))
        return "\n".join(lines) + "\n"

    def _line(self, line: str, source: str) -> str:
        """Every second part is code."""
        parts = _CODE.split(line)
        parts[::2] = [_TARGET.sub(lambda link: f"]({self._link(link[1], source)})", part) for part in parts[::2]]
        return "".join(parts)

    def _link(self, link: str, source: str) -> str:
        if _ELSEWHERE.match(link):
            return link
        target, _, anchor = link.partition("#")
        file = os.path.normpath(PurePosixPath(source).parent / target)
        if not (self.root / file).exists():
            raise DeadLinkError(f"{source}: nothing is at {link!r}")
        page = self._page(file)
        relative = os.path.relpath(page, PurePosixPath(self.pages[source]).parent)
        return f"{relative}#{anchor}" if anchor else relative

    def _page(self, file: str) -> str:
        """Where the site has a file of the repository."""
        if file.endswith(PICTURES):
            self.pictures.add(file)
            return f"files/{file}"
        if f"{file}/README.md" in self.pages or (self.root / file / "README.md").is_file():
            file = f"{file}/README.md"
        page = "/".join(part.lstrip(".") for part in file.removesuffix(".md").split("/"))  # Zensical skips .folders
        return self.pages.setdefault(file, f"files/{page}.md")

    def write(self, folder: Path) -> None:
        """Write every page, and the pages that these link to, and so on.

        Raises:
            DeadLinkError: a link leads to nothing.
        """
        for name, text in self._all_texts():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        for picture in sorted(self.pictures):
            copy = folder / "files" / picture
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(self.root / picture, copy)

    def _all_texts(self) -> Iterator[tuple[str, str]]:
        finished: set[str] = set()
        while waiting := [source for source in self.pages if source not in finished]:
            for source in waiting:
                finished.add(source)
                yield self.pages[source], self.text(source)


def assemble(folder: Path = paths.BUILD) -> None:
    """Write everything that Zensical needs: its settings, and the pages in an empty folder `docs`.

    Raises:
        DeadLinkError: a link leads to nothing.
    """
    pages = folder / "docs"
    shutil.rmtree(pages, ignore_errors=True)
    Site().write(pages)
    shutil.copy(CONFIG, folder / CONFIG.name)
    (pages / "assets").mkdir()
    shutil.copy(STYLE, pages / "assets" / "site.css")
    shutil.copy(MERMAID, pages / "assets" / "mermaid.js")


def loaded_from_elsewhere(site: Path = SITE) -> list[str]:
    """What pages of a built site would have a browser load from another host: nothing, so that it works offline."""
    return [
        f"{file.relative_to(site)}: {element}"
        for file in sorted(site.rglob("*.html"))
        for element in _LOADED.findall(file.read_text("utf-8"))
        if 'rel="canonical"' not in element
    ]


def main() -> None:
    """`assemble`, or with the argument `check` look at what was built."""
    if sys.argv[1:] == ["check"]:
        sys.exit("\n".join(loaded_from_elsewhere()) or 0)
    shutil.rmtree(SITE, ignore_errors=True)
    try:
        assemble()
    except DeadLinkError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
