"""One environment's stacks: the functions of each resolved, and which stack imports which exports of another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from template_diff.intrinsics import Scope
from template_diff.model import Template
from template_diff.references import Value, canonical

_IMPORT = "Fn::ImportValue"


@dataclass(frozen=True)
class Export:
    """One export: the stack and output that it comes from, and its value before functions are resolved."""

    stack: str
    output: str
    raw: Any


class Stacks:
    """The stacks of one environment. References across stacks are followed through exports."""

    def __init__(self, templates: Mapping[str, Template]) -> None:
        self._values: dict[str, Value] = {}
        self.scopes = {stack: Scope(stack, template, self._exported) for stack, template in templates.items()}
        self.exports = dict(self._read_exports(templates))
        self.imports = {
            stack: {canonical(self.scopes[stack].resolve(name)) for name in _imported_names(template)}
            for stack, template in templates.items()
        }
        """The names of the exports that each stack imports."""

    def value(self, name: str) -> Value:
        """The resolved value of an export."""
        export = self.exports[name]
        return self.scopes[export.stack].resolve(export.raw)

    def importers(self, name: str) -> set[str]:
        """The stacks that import an export."""
        return {stack for stack, names in self.imports.items() if name in names}

    def _exported(self, name: str) -> Value | None:
        if name in self.exports and name not in self._values:
            self._values[name] = self.value(name)
        return self._values.get(name)

    def _read_exports(self, templates: Mapping[str, Template]) -> Iterator[tuple[str, Export]]:
        for stack, template in templates.items():
            unlinked = Scope(stack, template, lambda _: None)
            for output, content in (template.get("Outputs") or {}).items():
                if "Export" in content:
                    name = canonical(unlinked.resolve(content["Export"]["Name"]))
                    yield name, Export(stack, output, content.get("Value"))


def _imported_names(part: Any) -> Iterator[Any]:
    """The unresolved name of every import in a template."""
    if isinstance(part, dict):
        for key, item in part.items():
            if key == _IMPORT:
                yield item
            else:
                yield from _imported_names(item)
    elif isinstance(part, list):
        for item in part:
            yield from _imported_names(item)
