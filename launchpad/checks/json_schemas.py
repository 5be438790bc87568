"""JSON Schemas of the config and workload files, by which editors complete keys and report mistakes.

The schemas in `schemas/` are made from the same models that read the files, and a test fails when they are not current.
An editor checks less than `launchpad validate`: nothing that concerns other files, or compares values.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import json
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from launchpad import paths
from launchpad.checks.editor_rules import rules
from launchpad.config_files.yaml_source import Settings
from launchpad.settings import EnvironmentSettings
from launchpad.workload import Workload

FOLDER = paths.ROOT / "schemas"
MODELS: dict[str, type[Settings]] = {"environment": EnvironmentSettings, "workload": Workload}
"""The model that reads each kind of file, by the schema's name."""


class _Described(GenerateJsonSchema):
    """Docstrings become the descriptions of keys. Keys get no titles, because their names say enough.

    pydantic can read docstrings when it builds a model, but then every command and synth would read all source files
    again, for nothing.
    """

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Never."""
        del schema
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """A model's schema, with the docstring below each field as its description."""
        described = super().model_schema(schema)
        texts = _docstrings(schema["cls"])
        for name, field in schema["cls"].model_fields.items():
            if name in texts and (key := field.alias or name) in described["properties"]:
                described["properties"][key] = {"description": texts[name], **described["properties"][key]}
        return described

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        """A mapping's schema. Note: JSON Schema lets any other key pass that no pattern matches."""
        described = super().dict_schema(schema)
        return {**described, "additionalProperties": False} if "patternProperties" in described else described


def _docstrings(model: type[Any]) -> dict[str, str]:
    """The docstring below each field of a model and of its base classes."""
    texts = {}
    for base in reversed(model.__mro__):
        if issubclass(base, Settings):
            body = ast.parse(inspect.getsource(base)).body[0].body  # type: ignore[attr-defined]
            for field, below in itertools.pairwise(body):
                match field, below:
                    case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                        texts[name] = inspect.cleandoc(text)
    return texts


def schema(name: str) -> dict[str, Any]:
    """The JSON Schema of one kind of file, `environment` or `workload`."""
    definition = MODELS[name].model_json_schema(schema_generator=_Described)
    for model, added in rules().items():
        section = definition if model == MODELS[name].__name__ else definition["$defs"].get(model)
        if section is not None:
            section["allOf"] = added
    return {"$schema": GenerateJsonSchema.schema_dialect, **definition}


def schema_file(name: str, folder: Path = FOLDER) -> Path:
    """The path of the schema of one kind of file."""
    return folder / f"{name}.schema.json"


def schema_text(name: str) -> str:
    """The content of `schema_file`: deterministic for the same models."""
    return json.dumps(schema(name), indent=1, ensure_ascii=False) + "\n"


def write_schemas(folder: Path = FOLDER) -> list[Path]:
    """Write every schema; return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [schema_file(name, folder) for name in MODELS]
    for name, file in zip(MODELS, files, strict=True):
        file.write_text(schema_text(name), "utf-8")
    return files
